#pragma once
// Sizes of a tensor's dimensions, outermost first; row-major and contiguous throughout.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace tinytorch {

// A value type. Rank 0 (`Shape{}`) is a scalar with one element. Sizes are >= 0.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes);
  explicit Shape(std::vector<std::int64_t> sizes);  // throws Error on a negative size

  std::int64_t ndim() const { return static_cast<std::int64_t>(sizes_.size()); }
  // Size of dimension `dim`; negative counts from the end. Throws Error out of range.
  std::int64_t operator[](std::int64_t dim) const;
  // Product of all sizes; 1 for a scalar.
  std::int64_t numel() const;
  const std::vector<std::int64_t>& sizes() const { return sizes_; }

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> sizes_;
};

// "[2, 3]"; "[]" for a scalar.
std::string to_string(const Shape& shape);

// `sizes` with at most one -1 replaced so that the product becomes `numel`. Throws Error naming
// `op` when there is no such size; the product itself is checked only where a -1 is given.
Shape infer_shape(const char* op, std::vector<std::int64_t> sizes, std::int64_t numel);

// `dim` in [-ndim, ndim) to [0, ndim). Throws Error naming `op` otherwise.
std::int64_t normalize_dim(const char* op, std::int64_t dim, std::int64_t ndim);

}  // namespace tinytorch
