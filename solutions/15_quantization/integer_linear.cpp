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
  // BEGIN SOLUTION 15.10
  std::vector<std::int32_t> codes(bias.size());
  for (std::size_t o = 0; o < bias.size(); ++o) {
    const float step = input_scale * weight_scales[o];
    const float code = std::nearbyint(bias[o] / step);
    if (!(std::abs(code) <= static_cast<float>(kMaxBiasCode))) {
      throw Error(concat("quantize_bias: bias ", bias[o], " of channel ", o, " is ", code,
                         " steps of ", step, ", too many for int32; enlarge that channel's scale"));
    }
    codes[o] = static_cast<std::int32_t>(code);
  }
  return codes;
  // END SOLUTION 15.10
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
  // BEGIN SOLUTION 15.11
  const std::size_t in = weight.size() / bias.size();
  std::vector<std::int32_t> folded(bias.begin(), bias.end());
  for (std::size_t o = 0; o < folded.size(); ++o) {
    std::int32_t sum = 0;
    for (const std::int8_t w : weight.subspan(o * in, in)) sum += w;
    folded[o] -= input_zero_point * sum;
  }
  return folded;
  // END SOLUTION 15.11
}

// TASK 15.12
void linear_int32(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                  std::span<const std::int32_t> folded_bias, std::span<std::int32_t> acc) {
  require_linear_sizes("linear_int32", x.size(), weight.size(), folded_bias.size(), acc.size());
  // Three loops: rows of x, outputs, inputs. Widen each code to int32 before you multiply: a
  // product of two codes does not fit in int8, and a sum of products does not fit in int16.
  // Try it by hand first: x (1, 2), weight row (3, -4), bias 10 → 10 + 3 - 8 = 5.
  // BEGIN SOLUTION 15.12
  const std::size_t out = folded_bias.size();
  const std::size_t in = weight.size() / out;
  for (std::size_t n = 0; n < x.size() / in; ++n) {
    for (std::size_t o = 0; o < out; ++o) {
      std::int32_t sum = folded_bias[o];
      for (std::size_t k = 0; k < in; ++k) {
        sum += std::int32_t{x[n * in + k]} * std::int32_t{weight[o * in + k]};
      }
      acc[n * out + o] = sum;
    }
  }
  // END SOLUTION 15.12
}

// TASK 15.13
std::vector<float> requantize_multipliers(float input_scale, std::span<const float> weight_scales,
                                          float output_scale) {
  std::vector<float> multipliers(weight_scales.size());
  // Fill in each channel's multiplier. Multiply first, then divide, in float: the order decides the
  // last bit, and the deployed kernel has this one.
  // Try it by hand first: scales 0.5 and 0.25 over 2 → 0.125 / 2 = 0.0625.
  // BEGIN SOLUTION 15.13
  for (std::size_t o = 0; o < multipliers.size(); ++o) {
    const float step = input_scale * weight_scales[o];
    multipliers[o] = step / output_scale;
  }
  // END SOLUTION 15.13
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
  // BEGIN SOLUTION 15.13
  const std::size_t out = multipliers.size();
  const auto low = static_cast<float>(range.qmin);
  const auto high = static_cast<float>(range.qmax);
  const auto shift = static_cast<float>(zero_point);
  for (std::size_t row = 0; row < acc.size(); row += out) {
    for (std::size_t o = 0; o < out; ++o) {
      float q = std::nearbyint(static_cast<float>(acc[row + o]) * multipliers[o]) + shift;
      q = q > low ? q : low;
      q = q < high ? q : high;
      codes[row + o] = static_cast<std::int8_t>(q);
    }
  }
  // END SOLUTION 15.13
}

}  // namespace tinytorch::quantization
