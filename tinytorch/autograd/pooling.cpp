#include "tinytorch/autograd/pooling.h"

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/axis_windows.h"
#include "tinytorch/kernels/pooling.h"

namespace tinytorch::ops {
namespace {

using kernels::Window;

struct Pool {
  std::vector<Window> rows;
  std::vector<Window> columns;
  std::int64_t height = 1;
  std::int64_t width = 1;

  kernels::Plane plane() const { return {height, width, rows, columns}; }
  Shape result(const Shape& x) const {
    return Shape{x[0], x[1], static_cast<std::int64_t>(rows.size()),
                 static_cast<std::int64_t>(columns.size())};
  }
};

void check_rank(const char* op, const Tensor& x) {
  if (x.ndim() != 4) {
    throw Error(concat(op, ": input ", to_string(x.shape()), "; expected [N, C, H, W]"));
  }
}

Pool sliding(const char* op, const Tensor& x, const PoolOptions& o) {
  check_rank(op, x);
  const kernels::Axis rows{x.size(2), o.kernel.height, o.stride.height,
                           1,         o.padding.top,   o.padding.bottom};
  const kernels::Axis columns{x.size(3), o.kernel.width, o.stride.width,
                              1,         o.padding.left, o.padding.right};
  return {kernels::axis_windows(rows), kernels::axis_windows(columns), x.size(2), x.size(3)};
}

Tensor average(const char* op, const Tensor& x, const Pool& pool, std::int64_t divisor) {
  Tensor out(pool.result(x.shape()));
  kernels::avg_pool(x.data(), pool.plane(), divisor, out.data());
  return autograd::record(op, out, {x},
                          [=, shape = x.shape()](const Tensor& grad) {
                            Tensor grad_x(shape);
                            kernels::avg_pool_backward(grad.data(), pool.plane(), divisor,
                                                       grad_x.data());
                            return std::vector{grad_x};
                          },
                          {});
}

}  // namespace

Tensor max_pool2d(const Tensor& x, const PoolOptions& options) {
  const Pool pool = sliding("max_pool2d", x, options);
  Tensor out(pool.result(x.shape()));
  std::vector<std::int64_t> index(out.data().size());
  kernels::max_pool(x.data(), pool.plane(), out.data(), index);
  return autograd::record("max_pool2d", out, {x},
                          [pool, index = std::move(index), shape = x.shape()](const Tensor& grad) {
                            Tensor grad_x(shape);
                            kernels::max_pool_backward(grad.data(), index, pool.plane(),
                                                       grad_x.data());
                            return std::vector{grad_x};
                          },
                          {});
}

Tensor avg_pool2d(const Tensor& x, const PoolOptions& options) {
  const Pool pool = sliding("avg_pool2d", x, options);
  return average("avg_pool2d", x, pool, options.count_include_pad ? options.kernel.area() : 0);
}

Tensor adaptive_avg_pool2d(const Tensor& x, std::int64_t height, std::int64_t width) {
  check_rank("adaptive_avg_pool2d", x);
  const Pool pool{kernels::adaptive_windows(x.size(2), height),
                  kernels::adaptive_windows(x.size(3), width), x.size(2), x.size(3)};
  return average("adaptive_avg_pool2d", x, pool, 0);
}

}  // namespace tinytorch::ops
