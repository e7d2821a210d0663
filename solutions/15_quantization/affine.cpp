// Between real numbers and int8 codes. The contract of every function, with its formula and an
// example, is tinytorch/quantization/arithmetic/affine.h.
#include "tinytorch/quantization/arithmetic/affine.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
// BEGIN SOLUTION 15.5 helper
#include "tinytorch/core/engine_form.h"
#include "tinytorch/quantization/arithmetic/detail/largest_magnitudes.h"
// END SOLUTION 15.5

namespace tinytorch::quantization {

// TASK 15.1
QParams choose_qparams_asymmetric(float min, float max, QRange range) {
  require_interval("choose_qparams_asymmetric", min, max);
  require_codes("choose_qparams_asymmetric", range);
  require_at_least("choose_qparams_asymmetric", "qmax - qmin", range.qmax - range.qmin, 1);
  // Make room for 0, then spread the interval over all the codes. Mind the order: clamping the
  // zero-point afterwards cannot repair a scale that was chosen for an interval without 0.
  // std::nearbyint rounds half to even.
  // Try it by hand first: [-1, 3] over [-128, 127] gives scale 4/255 and zero-point -64.
  // BEGIN SOLUTION 15.1
  min = std::min(min, 0.0f);
  max = std::max(max, 0.0f);
  if (min == max) return {1.0f, std::clamp(0, range.qmin, range.qmax)};
  const float width = max - min;
  const float scale = std::max(width / static_cast<float>(range.qmax - range.qmin), kMinScale);
  const float zero_point = std::nearbyint(static_cast<float>(range.qmin) - min / scale);
  return {scale, std::clamp(static_cast<std::int32_t>(zero_point), range.qmin, range.qmax)};
  // END SOLUTION 15.1
}

// TASK 15.2
QParams choose_qparams_symmetric(float max_abs, int bits) {
  require_not_negative("choose_qparams_symmetric", "max_abs", max_abs);
  require_between("choose_qparams_symmetric", "bits", bits, 2, 8);
  // The largest magnitude lands on the last code; 0 stays 0 without a zero-point.
  // Try it by hand first: 2.54 with 8 bits gives scale 0.02, with 4 bits 2.54 / 7.
  // BEGIN SOLUTION 15.2
  if (max_abs == 0.0f) return {1.0f, 0};
  return {std::max(max_abs / static_cast<float>(symmetric_range(bits).qmax), kMinScale), 0};
  // END SOLUTION 15.2
}

// TASK 15.3
void quantize(std::span<const float> x, QParams params, QRange range,
              std::span<std::int8_t> codes) {
  require_same_size("quantize", x.size(), codes.size());
  require_scale("quantize", params.scale);
  require_codes("quantize", range);
  // For each value: divide by the scale, round half to even, add the zero-point, saturate.
  // Compare in float before you convert: a float that does not fit into the integer type is
  // undefined behaviour. Every comparison with NaN is false, which can work for you.
  // Try it by hand first: scale 0.5, zero-point 3: 0.25 → 3, 0.75 → 5, 1e9 → 127, NaN → -128.
  // BEGIN SOLUTION 15.3
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
  require_same_size("dequantize", codes.size(), x.size());
  require_qparams("dequantize", params);
  // Subtract the zero-point, then scale. The difference of two codes may need 9 bits: take it in
  // int32.
  // Try it by hand first: code -128, zero-point 127, scale 0.5 → -127.5.
  // BEGIN SOLUTION 15.4
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::int32_t steps = std::int32_t{codes[i]} - params.zero_point;
    x[i] = static_cast<float>(steps) * params.scale;
  }
  // END SOLUTION 15.4
}

// TASK 15.5
std::vector<float> channel_scales(std::span<const float> weight, std::int64_t channels, int bits) {
  require_divides("channel_scales", "weights", weight.size(), "channels", channels);
  // BEGIN SOLUTION 15.5 helper
  ENGINE_FORM(if (auto scales = detail::channel_scales(weight, channels, bits)) return *scales;)
  // END SOLUTION 15.5
  require_finite("channel_scales", "weight", weight);
  // Channel c is the run of size / channels values that starts at c · (size / channels).
  // Try it by hand first: {1.27, -0.5, 0.0127, 0.01} as 2 channels, 8 bits → {0.01, 0.0001}.
  // BEGIN SOLUTION 15.5
  const std::size_t length = weight.size() / static_cast<std::size_t>(channels);
  std::vector<float> scales;
  for (std::size_t begin = 0; begin < weight.size(); begin += length) {
    float max_abs = 0.0f;
    for (const float w : weight.subspan(begin, length)) max_abs = std::max(max_abs, std::abs(w));
    scales.push_back(choose_qparams_symmetric(max_abs, bits).scale);
  }
  return scales;
  // END SOLUTION 15.5
}

void quantize_per_channel(std::span<const float> weight, std::span<const float> scales, int bits,
                          std::span<std::int8_t> codes) {
  require_same_size("quantize_per_channel", weight.size(), codes.size());
  require_divides("quantize_per_channel", "weights", weight.size(), "channels",
                  static_cast<std::int64_t>(scales.size()));
  // You have quantize(); each channel is one call of it, with its own scale and zero-point 0.
  // BEGIN SOLUTION 15.5
  const std::size_t length = weight.size() / scales.size();
  for (std::size_t c = 0; c < scales.size(); ++c) {
    quantize(weight.subspan(c * length, length), {scales[c], 0}, symmetric_range(bits),
             codes.subspan(c * length, length));
  }
  // END SOLUTION 15.5
}

}  // namespace tinytorch::quantization
