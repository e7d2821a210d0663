// A linear layer in integers. The contract is tinytorch/quantization/int8/integer_linear.h.
#include "tinytorch/quantization/int8/integer_linear.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/int8/code_limits.h"
#include "tinytorch/quantization/int8/layer_guards.h"

namespace tinytorch::quantization {

// TASK 15.10
std::vector<std::int32_t> quantize_bias(std::span<const float> bias, float input_scale,
                                        std::span<const float> weight_scales) {
  require_same_size("quantize_bias", bias.size(), weight_scales.size());
  require_steps("quantize_bias", input_scale, weight_scales);
  // One unit of the int32 sum is worth input_scale · weight_scales[o]. Compute the code in float,
  // throw an Error that names the channel if it exceeds kMaxBiasCode or is NaN, and only then
  // convert.
  // Try it by hand first: bias 0.5, input_scale 0.1, weight scale 0.02 → 0.5 / 0.002 = 250.
  throw tinytorch::not_implemented("15.10");
}

// TASK 15.11
std::vector<std::int32_t> fold_input_zero_point(std::span<const std::int8_t> weight,
                                                std::span<const std::int32_t> bias,
                                                std::int32_t input_zero_point) {
  require_divides("fold_input_zero_point", "weights", weight.size(), "rows",
                  static_cast<std::int64_t>(bias.size()));
  require_bias_fits("fold_input_zero_point", bias);
  // weight holds bias.size() rows. Sum each row in int32, then correct its bias.
  // Try it by hand first: row (1, -2, 4), bias 10, zero-point -5 → 10 - (-5) · 3 = 25.
  throw tinytorch::not_implemented("15.11");
}

// TASK 15.12
void linear_int32(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                  std::span<const std::int32_t> folded_bias, std::span<std::int32_t> acc) {
  require_linear_sizes("linear_int32", x.size(), weight.size(), folded_bias.size(), acc.size());
  // Three loops: rows of x, outputs, inputs. Widen each code to int32 before you multiply: a
  // product of two codes does not fit in int8, and a sum of products does not fit in int16.
  // Try it by hand first: x (1, 2), weight row (3, -4), bias 10 → 10 + 3 - 8 = 5.
  throw tinytorch::not_implemented("15.12");
}

// TASK 15.13
std::vector<float> requantize_multipliers(float input_scale, std::span<const float> weight_scales,
                                          float output_scale) {
  std::vector<float> multipliers(weight_scales.size());
  // Fill in each channel's multiplier. Multiply first, then divide, in float: the order decides the
  // last bit, and the deployed kernel has this one.
  // Try it by hand first: scales 0.5 and 0.25 over 2 → 0.125 / 2 = 0.0625.
  throw tinytorch::not_implemented("15.13");
  require_multipliers("requantize_multipliers", multipliers);
  return multipliers;
}

void requantize(std::span<const std::int32_t> acc, std::span<const float> multipliers,
                std::int32_t zero_point, QRange range, std::span<std::int8_t> codes) {
  require_same_size("requantize", acc.size(), codes.size());
  require_whole_rows("requantize", acc.size(), multipliers.size());
  require_codes("requantize", range);
  // The quantizer again, with a multiplication where it had a division. acc[i] belongs to output
  // i % multipliers.size().
  // Try it by hand first: acc 5, multiplier 0.5, zero-point 3 → rint(2.5) + 3 = 5.
  throw tinytorch::not_implemented("15.13");
}

}  // namespace tinytorch::quantization
