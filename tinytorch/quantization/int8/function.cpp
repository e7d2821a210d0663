#include "tinytorch/quantization/int8/function.h"

#include <cmath>
#include <numbers>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/activation_piecewise.h"

namespace tinytorch::quantization {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double normal_share(double x) { return 0.5 * (1.0 + std::erf(x / std::numbers::sqrt2)); }

double tanh_share(double x) {
  const double scale = std::sqrt(2.0 / std::numbers::pi);
  return 0.5 * (1.0 + std::tanh(scale * (x + 0.044715 * x * x * x)));
}

}  // namespace

float value_of(const Function& function, float x) {
  const double wide = x;
  switch (function.kind) {
    case FunctionKind::kRelu:
      return x < 0.0f ? 0.0f : x;
    case FunctionKind::kLeakyRelu:
      return kernels::leaky_relu(x, function.a);
    case FunctionKind::kClip:
      return x < function.a ? function.a : (x > function.b ? function.b : x);
    case FunctionKind::kSigmoid:
      return static_cast<float>(sigmoid(wide));
    case FunctionKind::kHardsigmoid:
      return kernels::hardsigmoid(x);
    case FunctionKind::kHardswish:
      return kernels::hardswish(x);
    case FunctionKind::kSilu:
      return static_cast<float>(wide * sigmoid(wide));
    case FunctionKind::kTanh:
      return static_cast<float>(std::tanh(wide));
    case FunctionKind::kGelu:
      return static_cast<float>(wide * normal_share(wide));
    case FunctionKind::kGeluTanh:
      return static_cast<float>(wide * tanh_share(wide));
  }
  throw Error("value_of: unknown function");
}

}  // namespace tinytorch::quantization
