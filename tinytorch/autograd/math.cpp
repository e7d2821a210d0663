#include "tinytorch/autograd/math.h"

#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::ops {
namespace {

// What a gradient's formula is written in.
enum class Saves { kInput, kResult };

// out = forward(x); grad_x = gradient(saved, grad), value by value.
template <typename Forward, typename Gradient>
Tensor pointwise(const char* name, const Tensor& x, Forward forward, Saves saves,
                 Gradient gradient) {
  Tensor out(x.shape());
  kernels::map(x.data(), out.data(), forward);
  const Tensor saved = saves == Saves::kInput ? x : out;
  return autograd::record(name, out, {x},
                          [saved, gradient](const Tensor& grad) {
                            Tensor grad_x(grad.shape());
                            kernels::map(saved.data(), grad.data(), grad_x.data(), gradient);
                            return std::vector{grad_x};
                          },
                          {saved});
}

}  // namespace

Tensor exp(const Tensor& x) {
  return pointwise(
      "exp", x, [](float v) { return std::exp(v); }, Saves::kResult,
      [](float y, float g) { return g * y; });
}

Tensor log(const Tensor& x) {
  // Not g · (1/v), whose reciprocal may overflow by itself.
  return pointwise(
      "log", x, [](float v) { return std::log(v); }, Saves::kInput,
      [](float v, float g) { return g / v; });
}

Tensor sqrt(const Tensor& x) {
  return pointwise(
      "sqrt", x, [](float v) { return std::sqrt(v); }, Saves::kResult,
      [](float y, float g) { return g * (0.5f / y); });
}

// Where the slope is 0 the gradient is 0 too, even of an infinite one.
Tensor abs(const Tensor& x) {
  return pointwise(
      "abs", x, [](float v) { return std::fabs(v); }, Saves::kInput,
      [](float v, float g) { return v > 0.0f ? g : (v < 0.0f ? -g : 0.0f); });
}

Tensor clamp(const Tensor& x, float low, float high) {
  if (low > high) throw Error(concat("clamp: low ", low, " is above high ", high));
  return pointwise(
      "clamp", x, [=](float v) { return v < low ? low : (v > high ? high : v); }, Saves::kInput,
      [=](float v, float g) { return v >= low && v <= high ? g : 0.0f; });
}

}  // namespace tinytorch::ops
