#pragma once
// How far the dialects of the quantization module lie apart, counted on random layers. Given; it
// runs requantize, requantize_tflite and golf_quantize_rows.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/arithmetic/dialects.h"

namespace tinytorch::quantization {

// A layer's sums as an output stage meets them: [rows, channels], drawn from `seed`.
struct DialectSetting {
  std::int64_t rows = 100;
  std::int64_t channels = 528;
  float multiplier = 1e-3f;   // what a sum's step is worth in output steps, in the middle
  bool power_of_two = false;  // every multiplier exactly `multiplier`, so that sums lie on ties
  std::uint64_t seed = 1;
};

struct DialectDifference {
  std::int64_t outputs = 0;
  std::int64_t differing = 0;
  std::int32_t largest = 0;  // in codes
};

// Requantizes the same sums in both dialects: ort as requantize_multipliers and requantize do it,
// tflite as tflite_multipliers and requantize_tflite. The sums reach a little beyond the codes'
// range. Throws Error when rows or channels are not positive, or the multiplier is not finite and
// at least 1e-6.
DialectDifference compare_dialects(const DialectSetting& setting);

// The mean over rows of the largest |code|: how many of the levels on a side are in use.
double golf_levels_used(const GolfTensor& stored);

struct GolfComparison {
  double faithful_levels = 0.0;
  double fixed_levels = 0.0;
  double faithful_error = 0.0;  // rms of the restored weights' error, over the rms of the weights
  double fixed_error = 0.0;
  // The share of the weights whose code is another one in dialect ort, a scale for each row by its
  // largest magnitude.
  double faithful_differing = 0.0;
  double fixed_differing = 0.0;
};

// Stores rows of normal weights with this deviation in both modes and in dialect ort. Throws Error
// unless rows, columns and the deviation are positive.
GolfComparison compare_golf_modes(std::int64_t rows, std::int64_t columns, float stddev, int bits,
                                  std::uint64_t seed);

}  // namespace tinytorch::quantization
