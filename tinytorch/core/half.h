#pragma once
// Half-precision floats (IEEE 754 binary16): a sign, 5 bits of exponent, 10 of fraction, as 16 bits
// to store. Given; safetensors files hold them, and the golf dialect keeps its scales in them.
//
// The largest is 65504, the smallest normal one 2^-14, the step below that 2^-24.

#include <bit>
#include <cmath>
#include <cstdint>

namespace tinytorch {

inline constexpr float kLargestHalf = 65504.0f;
inline constexpr float kSmallestNormalHalf = 0x1p-14f;

// The nearest half, ties to the even fraction. 65520 and more becomes infinity; every NaN the same
// quiet NaN.
inline std::uint16_t half_from_float(float value) {
  const auto sign =
      static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(value) >> 16) & 0x8000);
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00);
  if (magnitude >= 65520.0f) return static_cast<std::uint16_t>(sign | 0x7C00);
  if (magnitude < kSmallestNormalHalf) {
    // Below the normal halves they lie evenly, and the code is the count of steps.
    const auto steps = static_cast<std::uint16_t>(std::nearbyint(magnitude * 0x1p24f));
    return static_cast<std::uint16_t>(sign | steps);
  }
  // A float has 13 more bits of fraction. Adding just less than half of what they can hold carries
  // into the rest exactly when that must grow; a carry out of the fraction raises the exponent.
  std::uint32_t bits = std::bit_cast<std::uint32_t>(magnitude);
  bits += 0xFFF + ((bits >> 13) & 1);
  return static_cast<std::uint16_t>(sign | ((bits >> 13) - ((127 - 15) << 10)));
}

// Exact: every half is a float.
inline float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t rest = half & 0x7FFF;
  float magnitude = static_cast<float>(rest) * 0x1p-24f;  // below the normal halves
  if (rest >= 0x7C00) {
    magnitude = std::bit_cast<float>(0x7F800000 | (rest << 13));
  } else if (rest >= 0x0400) {
    magnitude = std::bit_cast<float>((rest << 13) + ((127 - 15) << 23));
  }
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
}

}  // namespace tinytorch
