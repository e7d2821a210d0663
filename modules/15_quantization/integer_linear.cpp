// Part 3 of module 15: a linear layer in integers.
#include "tinytorch/quantization/int8/integer_linear.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/code_limits.h"

namespace tinytorch::quantization {

// TASK 15.10
std::vector<std::int32_t> quantize_bias(std::span<const float> bias, float input_scale,
                                        std::span<const float> weight_scales) {
  // One unit of the int32 sum is worth input_scale · weight_scales[o]. Compute the code in float,
  // compare it with kMaxBiasCode, and only then convert.
  // Try it by hand first: bias 0.5, input_scale 0.1, weight scale 0.02 → 0.5 / 0.002 = 250.
  throw tinytorch::not_implemented("15.10");
}

// TASK 15.11
std::vector<std::int32_t> fold_input_zero_point(std::span<const std::int8_t> weight,
                                                std::span<const std::int32_t> bias,
                                                std::int32_t input_zero_point) {
  // The line that is here already refuses a bias beyond kMaxBiasCode: the correction may need the
  // other half of int32. weight holds bias.size() rows. Sum a row in int32, then correct its bias.
  // Try it by hand first: row (1, -2, 4), bias 10, zero-point -5 → 10 - (-5) · 3 = 25.
  require_bias_fits("fold_input_zero_point", bias);
  throw tinytorch::not_implemented("15.11");
}

// TASK 15.12
void linear_int32(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                  std::span<const std::int32_t> folded_bias, std::span<std::int32_t> acc) {
  // Three loops: rows of x, outputs, inputs. Widen each code to int32 before multiplying; a
  // product of two codes does not fit in int8, and a sum of them does not fit in int16.
  throw tinytorch::not_implemented("15.12");
}

// TASK 15.13
std::vector<float> requantize_multipliers(float input_scale, std::span<const float> weight_scales,
                                          float output_scale) {
  // Multiply first, then divide, in float: the order decides the last bit, and the deployed
  // kernel has this one. What comes out may be 0, but neither negative nor infinite nor NaN.
  throw tinytorch::not_implemented("15.13");
}

void requantize(std::span<const std::int32_t> acc, std::span<const float> multipliers,
                std::int32_t zero_point, QRange range, std::span<std::int8_t> codes) {
  // The quantizer again, with a multiplication where it had a division. acc[i] belongs to output
  // i % multipliers.size().
  // Try it by hand first: acc 5, multiplier 0.5, zero-point 3 → rint(2.5) + 3 = 5.
  throw tinytorch::not_implemented("15.13");
}

}  // namespace tinytorch::quantization
