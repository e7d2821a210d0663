#pragma once
// requantize_tflite, many sums at a time. Given.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

// Multipliers as the vector loops read them: an array a field.
struct FixedPointLanes {
  FixedPointLanes() = default;
  // Throws Error naming the channel on a multiplier that quantize_multiplier() never makes.
  explicit FixedPointLanes(std::span<const FixedPoint> multipliers);

  std::vector<std::int32_t> mantissas;
  std::vector<std::int32_t> left;   // max(exponent, 0)
  std::vector<std::int32_t> right;  // max(-exponent, 0)
  bool shifts_left = false;         // whether any `left` is above 0
};

// Bit for bit requantize_tflite(), and the last row may be shorter than the multipliers: few
// channels may be given several times over, for longer loops. Throws Error when sizes do not fit.
void requantize_tflite_lanes(std::span<const std::int32_t> acc, const FixedPointLanes& multipliers,
                             std::int32_t zero_point, QRange range, std::span<std::int8_t> codes,
                             Isa isa);

}  // namespace tinytorch::quantization
