#include "tinytorch/autograd/reduction.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/reduction_rules.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"
#include "tinytorch/kernels/map.h"
#include "tinytorch/kernels/reduce.h"

namespace tinytorch::ops {
namespace {

Shape reduced_shape(const Shape& shape, std::int64_t dim, bool keepdim) {
  std::vector<std::int64_t> sizes = shape.sizes();
  if (keepdim) {
    sizes[static_cast<std::size_t>(dim)] = 1;
  } else {
    sizes.erase(sizes.begin() + dim);
  }
  return Shape(std::move(sizes));
}

// Everything at once is the reduction of one long dimension.
Tensor flat(const Tensor& x) {
  return autograd::record(
      "flatten", x.view({x.numel()}), {x},
      [shape = x.shape()](const Tensor& grad) { return std::vector{grad.view(shape)}; }, {});
}

void refuse_empty(const char* op, std::int64_t size, const Shape& shape) {
  if (size == 0) {
    throw Error(concat(op, ": ", to_string(shape), " has nothing to take the ", op, " of"));
  }
}

}  // namespace

Tensor sum(const Tensor& x) { return sum(flat(x), 0); }
Tensor mean(const Tensor& x) { return mean(flat(x), 0); }
Tensor max(const Tensor& x) { return max(flat(x), 0); }

Tensor mean_square(const Tensor& x) {
  refuse_empty("mean_square", x.numel(), x.shape());
  const std::span<const float> values = x.data();
  const auto count = static_cast<double>(values.size());
  const double squares = kernels::accumulate(values.size(), [values](std::size_t i) {
    return static_cast<double>(values[i]) * static_cast<double>(values[i]);
  });
  const Tensor out = Tensor::scalar(static_cast<float>(squares / count));
  return autograd::record("mean_square", out, {x}, [x, count](const Tensor& grad) {
    const double factor = 2.0 * static_cast<double>(grad.item()) / count;
    Tensor grad_x(x.shape());
    kernels::map(x.data(), grad_x.data(),
                 [factor](float v) { return static_cast<float>(factor * static_cast<double>(v)); });
    return std::vector{grad_x};
  });
}

Tensor sum(const Tensor& x, std::int64_t dim, const ReduceOptions& options) {
  dim = normalize_dim("sum", dim, x.ndim());
  const kernels::Block block = kernels::block_around(x.shape(), dim);
  Tensor out(reduced_shape(x.shape(), dim, options.keepdim));
  kernels::sum_dim(x.data(), block, out.data());
  return autograd::record("sum", out, {x},
                          [shape = x.shape(), dim](const Tensor& grad) {
                            return std::vector{autograd::sum_backward(grad, shape, dim)};
                          },
                          {});
}

Tensor mean(const Tensor& x, std::int64_t dim, const ReduceOptions& options) {
  dim = normalize_dim("mean", dim, x.ndim());
  refuse_empty("mean", x.size(dim), x.shape());
  Tensor out(reduced_shape(x.shape(), dim, options.keepdim));
  kernels::mean_dim(x.data(), kernels::block_around(x.shape(), dim), out.data());
  return autograd::record("mean", out, {x},
                          [shape = x.shape(), dim](const Tensor& grad) {
                            const Tensor share = grad / static_cast<float>(shape[dim]);
                            return std::vector{autograd::sum_backward(share, shape, dim)};
                          },
                          {});
}

Tensor max(const Tensor& x, std::int64_t dim, const ReduceOptions& options) {
  dim = normalize_dim("max", dim, x.ndim());
  refuse_empty("max", x.size(dim), x.shape());
  const kernels::Block block = kernels::block_around(x.shape(), dim);
  Tensor out(reduced_shape(x.shape(), dim, options.keepdim));
  std::vector<std::int64_t> index(out.data().size());
  kernels::max_dim(x.data(), block, out.data(), index);
  return autograd::record("max", out, {x},
                          [shape = x.shape(), dim, index = std::move(index)](const Tensor& grad) {
                            return std::vector{autograd::max_backward(grad, index, shape, dim)};
                          },
                          {});
}

std::vector<std::int64_t> argmax(const Tensor& x, std::int64_t dim) {
  dim = normalize_dim("argmax", dim, x.ndim());
  refuse_empty("argmax", x.size(dim), x.shape());
  const kernels::Block block = kernels::block_around(x.shape(), dim);
  std::vector<float> values(static_cast<std::size_t>(block.outer * block.inner));
  std::vector<std::int64_t> index(values.size());
  kernels::max_dim(x.data(), block, values, index);
  return index;
}

}  // namespace tinytorch::ops
