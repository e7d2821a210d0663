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
  // BEGIN SOLUTION 15.10
  if (bias.size() != weight_scales.size()) {
    throw Error(concat("quantize_bias: ", bias.size(), " biases, ", weight_scales.size(),
                       " weight scales"));
  }
  std::vector<std::int32_t> codes(bias.size());
  for (std::size_t o = 0; o < bias.size(); ++o) {
    const float step = input_scale * weight_scales[o];
    const float code = std::nearbyint(bias[o] / step);
    if (!(step > 0.0f) || std::isinf(step)) {
      throw Error(concat("quantize_bias: input scale ", input_scale, " times weight scale ",
                         weight_scales[o], " of channel ", o, " is ", step,
                         "; a step is a positive finite number"));
    }
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
  // The line that is here already refuses a bias beyond kMaxBiasCode: the correction may need the
  // other half of int32. weight holds bias.size() rows. Sum a row in int32, then correct its bias.
  // Try it by hand first: row (1, -2, 4), bias 10, zero-point -5 → 10 - (-5) · 3 = 25.
  require_bias_fits("fold_input_zero_point", bias);
  // BEGIN SOLUTION 15.11
  if (bias.empty() || weight.size() % bias.size() != 0) {
    throw Error(concat("fold_input_zero_point: ", weight.size(), " weights do not divide into ",
                       bias.size(), " rows"));
  }
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
  // Three loops: rows of x, outputs, inputs. Widen each code to int32 before multiplying; a
  // product of two codes does not fit in int8, and a sum of them does not fit in int16.
  // BEGIN SOLUTION 15.12
  const std::size_t out = folded_bias.size();
  const std::size_t in = out == 0 ? 0 : weight.size() / out;
  if (in == 0 || weight.size() != in * out || x.size() % in != 0 ||
      acc.size() != x.size() / in * out) {
    throw Error(concat("linear_int32: x of ", x.size(), ", weight of ", weight.size(), ", bias of ",
                       out, " and acc of ", acc.size(), " elements do not fit together"));
  }
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
  // Multiply first, then divide, in float: the order decides the last bit, and the deployed
  // kernel has this one. What comes out may be 0, but neither negative nor infinite nor NaN.
  // BEGIN SOLUTION 15.13
  std::vector<float> multipliers;
  for (const float weight_scale : weight_scales) {
    const float step = input_scale * weight_scale;
    multipliers.push_back(step / output_scale);
    const std::size_t channel = multipliers.size() - 1;
    if (multipliers[channel] >= 0.0f && std::isfinite(multipliers[channel])) continue;
    throw Error(concat("requantize_multipliers: scales ", input_scale, " and ",
                       weight_scales[channel], " over ", output_scale,
                       " make the multiplier of channel ", channel, " ", multipliers[channel],
                       "; look at the ranges these scales were chosen for"));
  }
  return multipliers;
  // END SOLUTION 15.13
}

void requantize(std::span<const std::int32_t> acc, std::span<const float> multipliers,
                std::int32_t zero_point, QRange range, std::span<std::int8_t> codes) {
  // The quantizer again, with a multiplication where it had a division. acc[i] belongs to output
  // i % multipliers.size().
  // Try it by hand first: acc 5, multiplier 0.5, zero-point 3 → rint(2.5) + 3 = 5.
  // BEGIN SOLUTION 15.13
  const std::size_t out = multipliers.size();
  if (out == 0 || acc.size() % out != 0 || codes.size() != acc.size()) {
    throw Error(concat("requantize: ", acc.size(), " sums, ", out, " multipliers and ",
                       codes.size(), " codes do not fit together"));
  }
  require_codes("requantize", range);
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
