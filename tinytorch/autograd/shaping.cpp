#include "tinytorch/autograd/shaping.h"

#include <algorithm>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/move.h"

namespace tinytorch::ops {
namespace {

Shape with_size(const Shape& shape, std::int64_t dim, std::int64_t size) {
  std::vector<std::int64_t> sizes = shape.sizes();
  sizes[static_cast<std::size_t>(dim)] = size;
  return Shape(std::move(sizes));
}

Tensor swap_dims(const Tensor& x, std::int64_t dim0, std::int64_t dim1) {
  std::vector<std::int64_t> sizes = x.shape().sizes();
  std::swap(sizes[static_cast<std::size_t>(dim0)], sizes[static_cast<std::size_t>(dim1)]);
  Tensor out{Shape(std::move(sizes))};
  kernels::swap_dims(x.data(), x.shape(), dim0, dim1, out.data());
  return out;
}

std::int64_t check_cat(const std::vector<Tensor>& parts, std::int64_t dim) {
  if (parts.empty()) throw Error("cat: no tensors given");
  const Shape& first = parts[0].shape();
  dim = normalize_dim("cat", dim, first.ndim());
  for (const Tensor& part : parts) {
    const bool fits =
        part.ndim() == first.ndim() && with_size(part.shape(), dim, 0) == with_size(first, dim, 0);
    if (!fits) {
      throw Error(concat("cat: ", to_string(first), " and ", to_string(part.shape()),
                         " differ in more than dimension ", dim));
    }
  }
  return dim;
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (shape.numel() != x.numel()) {
    throw Error(concat("reshape: ", to_string(x.shape()), " has ", x.numel(), " elements, ",
                       to_string(shape), " has ", shape.numel()));
  }
  return autograd::record(
      "reshape", x.view(shape), {x},
      [from = x.shape()](const Tensor& grad) { return std::vector{grad.view(from)}; }, {});
}

Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes) {
  return reshape(x, infer_shape("reshape", sizes, x.numel()));
}

Tensor flatten(const Tensor& x, std::int64_t start_dim) {
  const std::int64_t start = normalize_dim("flatten", start_dim, x.ndim());
  std::vector<std::int64_t> sizes(x.shape().sizes().begin(), x.shape().sizes().begin() + start);
  std::int64_t rest = 1;
  for (std::int64_t dim = start; dim < x.ndim(); ++dim) rest *= x.size(dim);
  sizes.push_back(rest);
  return reshape(x, Shape(std::move(sizes)));
}

Tensor transpose(const Tensor& x, std::int64_t dim0, std::int64_t dim1) {
  std::int64_t first = normalize_dim("transpose", dim0, x.ndim());
  std::int64_t second = normalize_dim("transpose", dim1, x.ndim());
  if (first > second) std::swap(first, second);
  return autograd::record(
      "transpose", swap_dims(x, first, second), {x},
      [=](const Tensor& grad) { return std::vector{swap_dims(grad, first, second)}; }, {});
}

Tensor cat(const std::vector<Tensor>& parts, std::int64_t dim) {
  dim = check_cat(parts, dim);
  std::int64_t total = 0;
  for (const Tensor& part : parts) total += part.size(dim);
  Tensor out(with_size(parts[0].shape(), dim, total));
  std::int64_t start = 0;
  for (const Tensor& part : parts) {
    kernels::paste(part.data(), part.shape(), dim, start, total, out.data());
    start += part.size(dim);
  }
  return autograd::record("cat", out, parts,
                          [parts, dim](const Tensor& grad) {
                            std::vector<Tensor> grads;
                            std::int64_t begin = 0;
                            for (const Tensor& part : parts) {
                              grads.push_back(narrow(grad, dim, begin, part.size(dim)));
                              begin += part.size(dim);
                            }
                            return grads;
                          },
                          {});
}

Tensor narrow(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t length) {
  dim = normalize_dim("narrow", dim, x.ndim());
  if (start < 0 || length < 0 || start > x.size(dim) - length) {
    throw Error(concat("narrow: [", start, ", ", start + length, ") of dimension ", dim,
                       " in a tensor of shape ", to_string(x.shape())));
  }
  Tensor out = dim == 0 ? x.rows(start, start + length) : Tensor(with_size(x.shape(), dim, length));
  if (dim != 0) kernels::cut(x.data(), x.shape(), dim, start, length, out.data());
  return autograd::record("narrow", out, {x},
                          [shape = x.shape(), dim, start](const Tensor& grad) {
                            Tensor padded(shape);
                            kernels::paste(grad.data(), grad.shape(), dim, start, shape[dim],
                                           padded.data());
                            return std::vector{padded};
                          },
                          {});
}

Tensor index_select(const Tensor& x, std::span<const std::int64_t> indices) {
  if (x.ndim() == 0) throw Error("index_select: a scalar has no rows");
  const auto bad = std::find_if(indices.begin(), indices.end(), [&](std::int64_t index) {
    return index < 0 || index >= x.size(0);
  });
  if (bad != indices.end()) {
    throw Error(concat("index_select: index ", *bad, " for a tensor of shape ",
                       to_string(x.shape()), "; rows are 0 to ", x.size(0) - 1));
  }
  Tensor out(with_size(x.shape(), 0, static_cast<std::int64_t>(indices.size())));
  kernels::gather_rows(x.data(), indices, out.data());
  std::vector<std::int64_t> kept(indices.begin(), indices.end());
  return autograd::record("index_select", out, {x},
                          [shape = x.shape(), kept = std::move(kept)](const Tensor& grad) {
                            Tensor sums(shape);
                            kernels::scatter_add_rows(grad.data(), kept, sums.data());
                            return std::vector{sums};
                          },
                          {});
}

}  // namespace tinytorch::ops
