#include "tinytorch/autograd/math.h"

#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::ops {
namespace {

// out = forward(x); grad_x = grad · slope(x, out).
template <typename Forward, typename Slope>
Tensor pointwise(const char* name, const Tensor& x, Forward forward, Slope slope) {
  Tensor out(x.shape());
  kernels::map(x.data(), out.data(), forward);
  return autograd::record(name, out, {x}, [x, out, slope](const Tensor& grad) {
    Tensor grad_x(grad.shape());
    const std::span<float> result = grad_x.data();
    kernels::map(x.data(), out.data(), result, slope);
    kernels::map(result, grad.data(), result, [](float s, float g) { return s * g; });
    return std::vector{grad_x};
  });
}

}  // namespace

Tensor exp(const Tensor& x) {
  return pointwise(
      "exp", x, [](float v) { return std::exp(v); }, [](float, float y) { return y; });
}

Tensor log(const Tensor& x) {
  return pointwise(
      "log", x, [](float v) { return std::log(v); }, [](float v, float) { return 1.0f / v; });
}

Tensor sqrt(const Tensor& x) {
  return pointwise(
      "sqrt", x, [](float v) { return std::sqrt(v); }, [](float, float y) { return 0.5f / y; });
}

Tensor abs(const Tensor& x) {
  return pointwise(
      "abs", x, [](float v) { return std::fabs(v); },
      [](float v, float) { return v > 0.0f ? 1.0f : (v < 0.0f ? -1.0f : 0.0f); });
}

Tensor clamp(const Tensor& x, float low, float high) {
  if (low > high) throw Error(concat("clamp: low ", low, " is above high ", high));
  return pointwise(
      "clamp", x, [=](float v) { return v < low ? low : (v > high ? high : v); },
      [=](float v, float) { return v >= low && v <= high ? 1.0f : 0.0f; });
}

}  // namespace tinytorch::ops
