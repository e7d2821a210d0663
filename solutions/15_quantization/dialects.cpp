// Part 7 of module 15: the same numbers in other dialects.
#include "tinytorch/quantization/arithmetic/dialects.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/arithmetic/detail/dialects_guards.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::quantization {

// TASK 15.23
FixedPoint quantize_multiplier(double real) {
  // std::frexp takes a number apart, std::llround rounds half away from zero. Rounding can reach
  // 2^31 when f is nearly 1; put that right before you compare the exponent with -31.
  // Try it by hand first: 0.02 = 0.64 · 2^-5 → round(0.64 · 2^31) = 1374389535, exponent -5.
  require_multiplier("quantize_multiplier", real);
  // BEGIN SOLUTION 15.23
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);
  std::int64_t mantissa = std::llround(fraction * 0x1p31);
  if (mantissa == std::int64_t{1} << 31) {
    mantissa /= 2;
    ++exponent;
  }
  if (exponent < -31) return {0, 0};
  return {static_cast<std::int32_t>(mantissa), exponent};
  // END SOLUTION 15.23
}

std::vector<FixedPoint> tflite_multipliers(float input_scale, std::span<const float> weight_scales,
                                           float output_scale) {
  // float · float is a float: make one factor a double first.
  // Try it by hand first: input 0.5, weights (0.5, 0.25), output 1 → multipliers of 1/4 and 1/8.
  // BEGIN SOLUTION 15.23
  std::vector<FixedPoint> multipliers;
  for (const float weight_scale : weight_scales) {
    const double step = double{input_scale} * double{weight_scale};
    multipliers.push_back(quantize_multiplier(step / double{output_scale}));
  }
  return multipliers;
  // END SOLUTION 15.23
}

// TASK 15.24
std::int32_t saturating_rounding_doubling_high_mul(std::int32_t a, std::int32_t b) {
  // One pair of inputs first, then the formula in int64. In C++, / truncates and >> does not.
  // Try it by hand first: a = -1, b = 2^30 → (-2^30 + 1 - 2^30) / 2^31 = -0.99… → 0.
  // BEGIN SOLUTION 15.24
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  if (a == kLowest && b == kLowest) return std::numeric_limits<std::int32_t>::max();
  const std::int64_t product = std::int64_t{a} * std::int64_t{b};
  const std::int64_t half = std::int64_t{1} << 30;
  const std::int64_t nudge = product >= 0 ? half : 1 - half;
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
  // END SOLUTION 15.24
}

// TASK 15.25
std::int32_t rounding_divide_by_power_of_two(std::int32_t x, int n) {
  // x >> n rounds down, and x & mask is what it dropped. 2^31 does not fit in an int32.
  // Try it by hand first: x = -5, n = 1 → -5 >> 1 = -3, dropped 1, threshold 0 + 1 → -3.
  require_between("rounding_divide_by_power_of_two", "n", n, 0, 31);
  // BEGIN SOLUTION 15.25
  const std::int64_t mask = (std::int64_t{1} << n) - 1;
  const std::int64_t dropped = x & mask;
  const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> n) + (dropped > threshold ? 1 : 0);
  // END SOLUTION 15.25
}

// TASK 15.26
void requantize_tflite(std::span<const std::int32_t> acc, std::span<const FixedPoint> multipliers,
                       std::int32_t zero_point, QRange range, std::span<std::int8_t> codes) {
  // acc[i] belongs to channel i % multipliers.size(). Shift left before the product or right after
  // it, never both. Clamp the shifted sum to int32 while it is still an int64.
  // Try it by hand first: acc 625, {1374389504, -5} → SRDHM 400, RDBP(400, 5) = 12.5 → 13.
  require_sums("requantize_tflite", acc.size(), multipliers.size(), codes.size());
  // BEGIN SOLUTION 15.26
  constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHighest = std::numeric_limits<std::int32_t>::max();
  for (std::size_t i = 0; i < acc.size(); ++i) {
    const auto [mantissa, exponent] = multipliers[i % multipliers.size()];
    const std::int64_t wide = std::int64_t{acc[i]} << std::max(exponent, 0);
    const auto shifted = static_cast<std::int32_t>(std::clamp(wide, kLowest, kHighest));
    const std::int32_t scaled = rounding_divide_by_power_of_two(
        saturating_rounding_doubling_high_mul(shifted, mantissa), std::max(-exponent, 0));
    const std::int64_t code = std::int64_t{scaled} + zero_point;
    codes[i] = static_cast<std::int8_t>(
        std::clamp<std::int64_t>(code, std::int64_t{range.qmin}, std::int64_t{range.qmax}));
  }
  // END SOLUTION 15.26
}

// TASK 15.27
float golf_clip(std::span<const float> row) {
  // The quantile of the magnitudes: quantile_top_k is yours, from 15.8.
  // Try it by hand first: (-3, 1) → close to 3, the larger magnitude.
  // BEGIN SOLUTION 15.27
  thread_local std::vector<float> magnitudes;  // kept: fresh memory for each row costs more
  magnitudes.resize(row.size());
  std::transform(row.begin(), row.end(), magnitudes.begin(), [](float x) { return std::abs(x); });
  return quantile_top_k(magnitudes, kGolfQuantile);
  // END SOLUTION 15.27
}

namespace {

// Given: the largest code of a width that this dialect has.
[[maybe_unused]] float golf_levels(int bits) {
  require_golf_bits(bits);
  return static_cast<float>(symmetric_range(bits).qmax);
}

[[maybe_unused]] void append(GolfTensor& stored, std::span<const float> w, float clip, float scale,
                             float levels) {
  // Appends the codes of w, and after them its scale as a half. Rows and whole tensors need it.
  // Try it by hand first: w (3, -9), clip 4, scale 2, levels 7 → 1.5 and -2, the codes 2 and -2.
  require_half_scale(scale);
  // BEGIN SOLUTION 15.27
  const std::size_t begin = stored.codes.size();
  stored.codes.resize(begin + w.size());
  const auto codes = std::span(stored.codes).subspan(begin);
  for (std::size_t i = 0; i < w.size(); ++i) {
    // Not std::clamp: g++ 12 does not vectorise its references.
    const float above = w[i] > -clip ? w[i] : -clip;
    const float inside = above < clip ? above : clip;
    float code = std::nearbyint(inside / scale);
    code = code > -levels ? code : -levels;
    codes[i] = static_cast<std::int8_t>(code < levels ? code : levels);
  }
  stored.scales.push_back(half_from_float(scale));
  // END SOLUTION 15.27
}

[[maybe_unused]] GolfTensor pass_through(std::span<const float> w) {
  // Each element as a half (half_from_float, core/half.h).
  // Try it by hand first: (1, -2) → the halves 0x3C00 and 0xC000.
  require_halves("golf_store", w);
  // BEGIN SOLUTION 15.27
  GolfTensor stored;
  for (const float x : w) stored.halves.push_back(half_from_float(x));
  return stored;
  // END SOLUTION 15.27
}

}  // namespace

GolfTensor golf_quantize_rows(std::span<const float> w, std::int64_t rows, GolfOptions options) {
  // For each row its clip, the scale with its floor, and then append.
  // Try it by hand first: the row (0.25, -0.25) in 8 bits, faithful → s = 1/127, codes ±32; with
  // kFixed s = 0.25/127, codes ±127.
  require_divides("golf_quantize_rows", "elements", w.size(), "rows", rows);
  // BEGIN SOLUTION 15.27
  const float levels = golf_levels(options.bits);
  const float floor = options.mode == GolfMode::kFaithful ? 1.0f / levels : kSmallestNormalHalf;
  const std::size_t columns = w.size() / static_cast<std::size_t>(rows);
  GolfTensor stored;
  stored.codes.reserve(w.size());
  for (std::size_t at = 0; at < w.size(); at += columns) {
    const auto row = w.subspan(at, columns);
    const float clip = golf_clip(row);
    append(stored, row, clip, std::max(clip / levels, floor), levels);
  }
  return stored;
  // END SOLUTION 15.27
}

GolfTensor golf_store(std::span<const float> w, std::span<const std::int64_t> shape,
                      GolfOptions options) {
  // The three cases in the header's order.
  // Try it by hand first: 65,536 ones → as many halves; 65,537 in one row → codes 127, scale 1/127.
  require_shape("golf_store", shape, w.size());
  // BEGIN SOLUTION 15.27
  const float levels = golf_levels(options.bits);
  if (w.size() <= static_cast<std::size_t>(kGolfPassThrough)) return pass_through(w);
  if (shape.size() == 2) return golf_quantize_rows(w, shape[0], options);
  const float clip = golf_clip(w);
  GolfTensor stored;
  append(stored, w, clip, clip > 0.0f ? clip / levels : 1.0f, levels);
  return stored;
  // END SOLUTION 15.27
}

}  // namespace tinytorch::quantization
