#pragma once
// Two other dialects of quantization arithmetic. The rest of the quantization module speaks `ort`
// (float multiplier, half to even).
// You write this part: dialects.cpp (quantization module).
//
// `tflite` has no float at run time: the multiplier is an integer and a shift. `golf` stores
// weights only, in as few bytes as a contest's rules allow. Codes of one dialect are not those of
// another: every function here names its own. Sources: Jacob et al. 2018, §2.2 (tflite).

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// mantissa · 2^(exponent - 31): a number in [0.5, 1) with 31 bits, and a power of two.
struct FixedPoint {
  std::int32_t mantissa = 0;  // 0 or in [2^30, 2^31)
  std::int32_t exponent = 0;  // in [-31, 30]
  bool operator==(const FixedPoint&) const = default;
};

// Task, dialect tflite. `real` as mantissa and exponent:
//     real = f · 2^e with f in [0.5, 1)            std::frexp, in double
//     mantissa = round(f · 2^31), half away from zero
//     if that is 2^31, which does not fit in int32: mantissa = 2^30 and e grows by 1
//     e < -31 afterwards: {0, 0}, since any int32 sum times `real` would round to 0
// Example: 0.75 · 2^-3 → {1610612736, -3}. Throws Error (given) unless real is positive and finite
// and e at most 30.
FixedPoint quantize_multiplier(double real);

// Task, dialect tflite. One for each channel: quantize_multiplier(input_scale ·
// weight_scales[o] / output_scale), multiplied and divided in double (requantize_multipliers of
// the ort dialect rounds to float twice).
std::vector<FixedPoint> tflite_multipliers(float input_scale, std::span<const float> weight_scales,
                                           float output_scale);

// Task, dialect tflite: SRDHM. a · b / 2^31 in int64, to the nearest, ties up:
//     (a·b + (a·b >= 0 ? 2^30 : 1 - 2^30)) / 2^31          the division truncates towards 0
// "High": the upper half of the 64-bit product; "doubling": 2^31, not 2^32. "Saturating": the one
// result that does not fit in int32, of a = b = -2^31, becomes 2^31 - 1.
// Examples: (3, 2^30) → 1.5 → 2;  (-3, 2^30) → -1.5 → -1.
std::int32_t saturating_rounding_doubling_high_mul(std::int32_t a, std::int32_t b);

// Task, dialect tflite: RDBP. x / 2^n to the nearest, ties *away from 0*:
//     mask = 2^n - 1
//     (x >> n) + ((x & mask) > (mask >> 1) + (x < 0 ? 1 : 0) ? 1 : 0)
// Examples: (5, 1) → 2.5 → 3;  (-5, 1) → -2.5 → -3. Throws Error (given) unless n is from 0 to 31.
std::int32_t rounding_divide_by_power_of_two(std::int32_t x, int n);

// Task, dialect tflite. int32 sums to output codes; acc is [n, out], out =
// multipliers.size():
//     shifted = acc << max(e, 0)                     saturating to int32
//     scaled  = RDBP(SRDHM(shifted, mantissa), max(-e, 0))
//     codes   = clamp(scaled + zero_point, range)    the sum in int64
// with mantissa and e those of the sum's channel. Throws Error (given) unless acc holds whole rows
// and codes as many elements as acc.
void requantize_tflite(std::span<const std::int32_t> acc, std::span<const FixedPoint> multipliers,
                       std::int32_t zero_point, QRange range, std::span<std::int8_t> codes);

// The quantile of |w| at which golf clips a row, and the size up to which it leaves a tensor alone.
inline constexpr double kGolfQuantile = 0.9999984;
inline constexpr std::int64_t kGolfPassThrough = 65536;

enum class GolfMode {
  kFaithful,  // a row's scale is at least 1 / levels, as the original has it
  kFixed,     // a row's scale is at least 2^-14, the smallest half that has all its digits
};

struct GolfOptions {
  int bits = 8;  // 8 → levels 127, 6 → levels 31, 4 → levels 7
  GolfMode mode = GolfMode::kFaithful;
};

// A stored tensor: either halves, or codes with their scales (one a row, or a single one).
struct GolfTensor {
  std::vector<std::int8_t> codes;
  std::vector<std::uint16_t> scales;  // half.h
  std::vector<std::uint16_t> halves;
};

// Task, dialect golf. Where a row is clipped: quantile_top_k(|row|, kGolfQuantile). A weight
// beyond it gets no gradient when it is trained quantized (weight_qat.h).
float golf_clip(std::span<const float> row);

// Task, dialect golf, all in float32. Each of the `rows` rows of w by itself:
//     clip  = golf_clip(row)
//     s     = max(clip / levels, floor)              floor = 1 / levels (kFaithful), 2^-14 (kFixed)
//     codes = clamp(rint(clamp(w, -clip, clip) / s), -levels, levels)         half to even
//     scales[r] = half_from_float(s)                 only now, after quantizing with s itself
// Throws Error (given) unless bits are 8, 6 or 4, w holds whole rows, and every scale rounds to a
// half that is positive and finite.
GolfTensor golf_quantize_rows(std::span<const float> w, std::int64_t rows, GolfOptions options);

// Task, dialect golf. How a tensor of this shape is stored:
//     up to kGolfPassThrough elements: halves, each element half_from_float
//     2-D: golf_quantize_rows, shape[0] rows
//     other ranks: the same with one clip and one scale for all, and no floor:
//                  s = clip / levels, or 1 when clip is 0
// Throws Error (given) unless the shape holds w.size() elements and an element to be stored as a
// half rounds to a finite one, and as golf_quantize_rows does.
GolfTensor golf_store(std::span<const float> w, std::span<const std::int64_t> shape,
                      GolfOptions options);

// Given. What a stored tensor stands for: w = code · float(scale), a scale for every codes.size() /
// scales.size() elements; halves as they are. Throws Error unless w has as many elements as are
// stored and the scales divide the codes evenly.
void golf_restore(const GolfTensor& stored, std::span<float> w);

}  // namespace tinytorch::quantization
