// The functions of straight lines, and SiLU.
#include "tinytorch/kernels/activation_piecewise.h"

#include <cmath>
#include <utility>

#include "tinytorch/autograd/activation.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::ops {
namespace {

// out = value(x); grad_x = grad · slope(x), one number at a time.
template <typename Value, typename Slope>
Tensor pointwise(const char* name, const Tensor& x, Value value, Slope slope) {
  Tensor out(x.shape());
  kernels::map(x.data(), out.data(), value);
  return autograd::record(name, out, {x},
                          [x, slope](const Tensor& grad) {
                            Tensor grad_x(grad.shape());
                            kernels::map(x.data(), grad.data(), grad_x.data(),
                                         [slope](float v, float g) { return g * slope(v); });
                            return std::vector{grad_x};
                          },
                          {x});
}

}  // namespace

Tensor leaky_relu(const Tensor& x, float slope) {
  if (!std::isfinite(slope)) throw Error(concat("leaky_relu: slope ", slope, " is not finite"));
  return pointwise(
      "leaky_relu", x, [slope](float v) { return kernels::leaky_relu(v, slope); },
      [slope](float v) { return kernels::leaky_relu_slope(v, slope); });
}

Tensor hardsigmoid(const Tensor& x) {
  return pointwise("hardsigmoid", x, kernels::hardsigmoid, kernels::hardsigmoid_slope);
}

Tensor hardswish(const Tensor& x) {
  return pointwise("hardswish", x, kernels::hardswish, kernels::hardswish_slope);
}

Tensor silu(const Tensor& x) {
  Tensor gate(x.shape());
  kernels::sigmoid(x.data(), gate.data());
  Tensor out(x.shape());
  kernels::map(x.data(), std::as_const(gate).data(), out.data(),
               [](float v, float s) { return v * s; });
  return autograd::record("silu", out, {x},
                          [x, gate = std::as_const(gate)](const Tensor& grad) {
                            Tensor grad_x(grad.shape());
                            kernels::map(x.data(), gate.data(), grad_x.data(), kernels::silu_slope);
                            kernels::map(std::as_const(grad_x).data(), grad.data(), grad_x.data(),
                                         [](float slope, float g) { return g * slope; });
                            return std::vector{grad_x};
                          },
                          {x});
}

}  // namespace tinytorch::ops
