// Between real numbers and int8 codes. The contract of every function, with its formula and an
// example, is tinytorch/quantization/arithmetic/affine.h.
#include "tinytorch/quantization/arithmetic/affine.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

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
  throw tinytorch::not_implemented("15.1");
}

// TASK 15.2
QParams choose_qparams_symmetric(float max_abs, int bits) {
  require_not_negative("choose_qparams_symmetric", "max_abs", max_abs);
  require_between("choose_qparams_symmetric", "bits", bits, 2, 8);
  // The largest magnitude lands on the last code; 0 stays 0 without a zero-point.
  // Try it by hand first: 2.54 with 8 bits gives scale 0.02, with 4 bits 2.54 / 7.
  throw tinytorch::not_implemented("15.2");
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
  throw tinytorch::not_implemented("15.3");
}

// TASK 15.4
void dequantize(std::span<const std::int8_t> codes, QParams params, std::span<float> x) {
  require_same_size("dequantize", codes.size(), x.size());
  require_qparams("dequantize", params);
  // Subtract the zero-point, then scale. The difference of two codes may need 9 bits: take it in
  // int32.
  // Try it by hand first: code -128, zero-point 127, scale 0.5 → -127.5.
  throw tinytorch::not_implemented("15.4");
}

// TASK 15.5
std::vector<float> channel_scales(std::span<const float> weight, std::int64_t channels, int bits) {
  require_divides("channel_scales", "weights", weight.size(), "channels", channels);
  require_finite("channel_scales", "weight", weight);
  // Channel c is the run of size / channels values that starts at c · (size / channels).
  // Try it by hand first: {1.27, -0.5, 0.0127, 0.01} as 2 channels, 8 bits → {0.01, 0.0001}.
  throw tinytorch::not_implemented("15.5");
}

void quantize_per_channel(std::span<const float> weight, std::span<const float> scales, int bits,
                          std::span<std::int8_t> codes) {
  require_same_size("quantize_per_channel", weight.size(), codes.size());
  require_divides("quantize_per_channel", "weights", weight.size(), "channels",
                  static_cast<std::int64_t>(scales.size()));
  // You have quantize(); each channel is one call of it, with its own scale and zero-point 0.
  throw tinytorch::not_implemented("15.5");
}

}  // namespace tinytorch::quantization
