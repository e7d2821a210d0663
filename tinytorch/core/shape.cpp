#include "tinytorch/core/shape.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

// Rejects what no tensor can have, so that numel() never overflows.
void validate(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (std::size_t dim = 0; dim < sizes.size(); ++dim) {
    if (sizes[dim] < 0) {
      throw Error(concat("shape: size ", sizes[dim], " of dimension ", dim,
                         " is negative; sizes are 0 or more"));
    }
    // Zeros are left out: [0, 2^62, 4] must be refused like [1, 2^62, 4].
    if (sizes[dim] != 0 && __builtin_mul_overflow(count, sizes[dim], &count)) {
      throw Error("shape: the product of all sizes does not fit in 64 bits");
    }
  }
}

}  // namespace

Shape::Shape(std::initializer_list<std::int64_t> sizes) : sizes_(sizes) { validate(sizes_); }

Shape::Shape(std::vector<std::int64_t> sizes) : sizes_(std::move(sizes)) { validate(sizes_); }

std::int64_t Shape::operator[](std::int64_t dim) const {
  return sizes_[static_cast<std::size_t>(normalize_dim("shape", dim, ndim()))];
}

std::int64_t Shape::numel() const {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes_) count *= size;
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t dim = 0; dim < shape.sizes().size(); ++dim) {
    if (dim > 0) text += ", ";
    text += std::to_string(shape.sizes()[dim]);
  }
  return text + "]";
}

Shape infer_shape(const char* op, std::vector<std::int64_t> sizes, std::int64_t numel) {
  const auto unknown = std::find(sizes.begin(), sizes.end(), -1);
  if (unknown == sizes.end()) return Shape(std::move(sizes));
  *unknown = 1;
  const std::int64_t known = Shape(sizes).numel();
  if (known == 0 || numel % known != 0) {
    throw Error(concat(op, ": ", numel, " elements cannot be divided by ", known,
                       ", the product of the sizes beside -1"));
  }
  *unknown = numel / known;
  return Shape(std::move(sizes));
}

std::int64_t normalize_dim(const char* op, std::int64_t dim, std::int64_t ndim) {
  if (dim < -ndim || dim >= ndim) {
    throw Error(concat(op, ": dimension ", dim, " of a tensor with ", ndim,
                       " dimensions; allowed are ", -ndim, " to ", ndim - 1));
  }
  return dim < 0 ? dim + ndim : dim;
}

}  // namespace tinytorch
