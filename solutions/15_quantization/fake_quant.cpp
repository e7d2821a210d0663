// Rounding that training can feel. The contract is tinytorch/quantization/qat/fake_quant.h.
#include "tinytorch/quantization/qat/fake_quant.h"

#include <cmath>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {

// TASK 15.16
std::vector<std::uint8_t> ste_mask(std::span<const float> x, QParams params, QRange range) {
  require_scale("ste_mask", params.scale);
  // Compute the code before saturation, in float, and ask whether saturation would change it.
  // Try it by hand first: scale 1, zero-point 0, range [-7, 7]: 7.4 rounds to 7 and passes,
  // 7.5 rounds to 8 and does not.
  // BEGIN SOLUTION 15.16
  std::vector<std::uint8_t> mask(x.size());
  const auto low = static_cast<float>(range.qmin);
  const auto high = static_cast<float>(range.qmax);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float q = std::nearbyint(x[i] / params.scale) + static_cast<float>(params.zero_point);
    mask[i] = q >= low && q <= high ? 1 : 0;
  }
  return mask;
  // END SOLUTION 15.16
}

// TASK 15.17
Tensor fake_quantize(const Tensor& x, QParams params, QRange range) {
  // Forward: quantize into int8 codes and dequantize them into a new Tensor, without rounding code
  // of your own. Return autograd::record("fake_quantize", result, {x}, backward), where backward
  // turns the gradient of the result into {the gradient of x}: 0 where the mask is 0.
  // Try it by hand first: scale 1, range [-7, 7]: x = {0.4, 9} → {0, 7}, gradients {5, 5} → {5, 0}.
  // BEGIN SOLUTION 15.17
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), params, range, codes);
  Tensor result(x.shape());
  dequantize(codes, params, result.data());
  return autograd::record("fake_quantize", result, {x}, [=](const Tensor& grad) {
    const std::vector<std::uint8_t> mask = ste_mask(x.data(), params, range);
    Tensor passed(x.shape());
    const std::span<float> to = passed.data();
    for (std::size_t i = 0; i < mask.size(); ++i) to[i] = mask[i] != 0 ? grad.data()[i] : 0.0f;
    return std::vector<Tensor>{passed};
  });
  // END SOLUTION 15.17
}

// TASK 15.18
float lsq_scale_gradient(std::span<const float> x, std::span<const float> grad, float scale,
                         QRange range) {
  require_not_empty("lsq_scale_gradient", "x", x.size());
  require_same_size("lsq_scale_gradient", x.size(), grad.size());
  require_scale("lsq_scale_gradient", scale);
  require_at_least("lsq_scale_gradient", "qmax", range.qmax, 1);
  // Work in double. Clipped values pull the scale with their full weight, rounded ones only with
  // their rounding error: that is how LSQ balances the two.
  // Try it by hand first: scale 1, range [-7, 7], x = {0.3, 9}, grad = {1, 1}: d = {0 - 0.3, 7},
  // 6.7 / sqrt(2 · 7) = 1.790…
  // BEGIN SOLUTION 15.18
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = double{x[i]} / double{scale};
    double d = std::nearbyint(v) - v;
    if (v <= range.qmin) d = range.qmin;
    if (v >= range.qmax) d = range.qmax;
    sum += double{grad[i]} * d;
  }
  return static_cast<float>(sum / std::sqrt(static_cast<double>(x.size()) * range.qmax));
  // END SOLUTION 15.18
}

}  // namespace tinytorch::quantization
