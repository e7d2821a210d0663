// Part 1 of module 15: between real numbers and int8 codes.
// The contract of every function, with its formula and an example, is in the header.
#include "tinytorch/quantization/arithmetic/affine.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/float_order.h"

namespace tinytorch::quantization {

// TASK 15.1
QParams choose_qparams_asymmetric(float min, float max, QRange range) {
  // Refuse what has no answer, make room for 0, then spread the interval over all the codes.
  // Mind the order: a zero-point clamped afterwards cannot repair a scale that was chosen for an
  // interval without 0. std::nearbyint rounds half to even.
  // Try it by hand first: [-1, 3] over [-128, 127] gives scale 4/255 and zero-point -64.
  // BEGIN SOLUTION 15.1
  if (!std::isfinite(min) || !std::isfinite(max) || min > max) {
    throw Error(concat("choose_qparams_asymmetric: [", min, ", ", max,
                       "] is not a finite interval; look for NaN or infinity in the data"));
  }
  require_codes("choose_qparams_asymmetric", range);
  if (range.qmin == range.qmax) {
    throw Error(concat("choose_qparams_asymmetric: one code alone, ", range.qmin,
                       ", spreads over nothing"));
  }
  min = std::min(min, 0.0f);
  max = std::max(max, 0.0f);
  if (min == max) return {1.0f, std::clamp(0, range.qmin, range.qmax)};
  const float width = max - min;
  if (!std::isfinite(width)) {
    throw Error(concat("choose_qparams_asymmetric: [", min, ", ", max,
                       "] is wider than the largest float"));
  }
  const float scale = std::max(width / static_cast<float>(range.qmax - range.qmin), kMinScale);
  const float zero_point = std::nearbyint(static_cast<float>(range.qmin) - min / scale);
  return {scale, std::clamp(static_cast<std::int32_t>(zero_point), range.qmin, range.qmax)};
  // END SOLUTION 15.1
}

// TASK 15.2
QParams choose_qparams_symmetric(float max_abs, int bits) {
  // The largest magnitude lands on the last code; 0 stays 0 without a zero-point.
  // Try it by hand first: 2.54 with 8 bits gives scale 0.02, with 4 bits 2.54 / 7.
  // BEGIN SOLUTION 15.2
  if (bits < 2 || bits > 8) {
    throw Error(concat("choose_qparams_symmetric: ", bits, " bits; choose 2 to 8"));
  }
  if (!std::isfinite(max_abs) || max_abs < 0.0f) {
    throw Error(concat("choose_qparams_symmetric: largest magnitude ", max_abs,
                       " is not a finite number >= 0"));
  }
  if (max_abs == 0.0f) return {1.0f, 0};
  return {std::max(max_abs / static_cast<float>(symmetric_range(bits).qmax), kMinScale), 0};
  // END SOLUTION 15.2
}

// TASK 15.3
void quantize(std::span<const float> x, QParams params, QRange range,
              std::span<std::int8_t> codes) {
  // For each value: divide by the scale, round half to even, add the zero-point, saturate.
  // Compare in float before converting: converting a float that is too large for the integer type
  // is undefined, and a comparison with NaN is always false. Both can work for you.
  // Try it by hand first: scale 0.5, zero-point 3: 0.25 → 3, 0.75 → 5, 1e9 → 127, NaN → -128.
  // BEGIN SOLUTION 15.3
  if (x.size() != codes.size()) {
    throw Error(concat("quantize: ", x.size(), " values into ", codes.size(), " codes"));
  }
  if (!std::isfinite(params.scale) || params.scale <= 0.0f) {
    throw Error(concat("quantize: scale must be positive and finite, got ", params.scale));
  }
  require_codes("quantize", range);
  const auto low = static_cast<float>(range.qmin);
  const auto high = static_cast<float>(range.qmax);
  const auto zero_point = static_cast<float>(params.zero_point);
  for (std::size_t i = 0; i < x.size(); ++i) {
    float q = std::nearbyint(x[i] / params.scale) + zero_point;
    q = q > low ? q : low;  // false for NaN
    q = q < high ? q : high;
    codes[i] = static_cast<std::int8_t>(q);
  }
  // END SOLUTION 15.3
}

// TASK 15.4
void dequantize(std::span<const std::int8_t> codes, QParams params, std::span<float> x) {
  // The difference of two codes may need 9 bits: take it in int32, then scale.
  // Try it by hand first: code -128, zero-point 127, scale 0.5 → -127.5.
  // BEGIN SOLUTION 15.4
  if (x.size() != codes.size()) {
    throw Error(concat("dequantize: ", codes.size(), " codes into ", x.size(), " values"));
  }
  require_qparams("dequantize", params);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::int32_t steps = std::int32_t{codes[i]} - params.zero_point;
    x[i] = static_cast<float>(steps) * params.scale;
  }
  // END SOLUTION 15.4
}

// TASK 15.5
std::vector<float> channel_scales(std::span<const float> weight, std::int64_t channels, int bits) {
  // Channel c is the run of size/channels values that starts at c · (size/channels).
  // Try it by hand first: {1.27, -0.5, 0.0127, 0.01} as 2 channels, 8 bits → {0.01, 0.0001}.
  // BEGIN SOLUTION 15.5
  if (channels <= 0 || weight.empty() || weight.size() % static_cast<std::size_t>(channels) != 0) {
    throw Error(concat("channel_scales: ", weight.size(), " weights do not divide into ", channels,
                       " channels"));
  }
  const std::size_t length = weight.size() / static_cast<std::size_t>(channels);
  std::vector<float> scales;
  for (std::size_t begin = 0; begin < weight.size(); begin += length) {
    std::int32_t largest = 0;  // an integer maximum; see float_rank for why
    for (const float w : weight.subspan(begin, length)) {
      largest = std::max(largest, float_rank(std::abs(w)));
    }
    const float max_abs = float_of_rank(largest);
    if (!std::isfinite(max_abs)) {
      throw Error(concat("channel_scales: channel ", begin / length, " holds ", max_abs));
    }
    scales.push_back(choose_qparams_symmetric(max_abs, bits).scale);
  }
  return scales;
  // END SOLUTION 15.5
}

void quantize_per_channel(std::span<const float> weight, std::span<const float> scales, int bits,
                          std::span<std::int8_t> codes) {
  // You have quantize(); each channel is one call of it.
  // BEGIN SOLUTION 15.5
  if (scales.empty() || weight.size() % scales.size() != 0 || weight.size() != codes.size()) {
    throw Error(concat("quantize_per_channel: ", weight.size(), " weights, ", scales.size(),
                       " scales and ", codes.size(), " codes do not fit together"));
  }
  const std::size_t length = weight.size() / scales.size();
  for (std::size_t c = 0; c < scales.size(); ++c) {
    quantize(weight.subspan(c * length, length), {scales[c], 0}, symmetric_range(bits),
             codes.subspan(c * length, length));
  }
  // END SOLUTION 15.5
}

}  // namespace tinytorch::quantization
