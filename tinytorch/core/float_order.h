#pragma once
// Floats compared as integers.
//
// A running minimum or maximum of floats is a chain: each step waits for the one before, since the
// compiler may not reorder what NaN and -0 could tell apart. Integers it may, so the same loop over
// ranks runs 16 values at a time.

#include <bit>
#include <cstdint>

namespace tinytorch {

// An integer that grows with x: -inf < … < -0 < 0 < … < inf. A NaN lies beyond the infinity of its
// sign, so that the smallest and the largest rank betray every value that is not finite.
//     bits of x, for a negative x all but the sign bit flipped
// Example: 1.0f → 0x3f800000, -1.0f → -0x3f800001.
constexpr std::int32_t float_rank(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

// The float of that rank.
constexpr float float_of_rank(std::int32_t rank) {
  return std::bit_cast<float>(rank ^ ((rank >> 31) & 0x7fffffff));
}

}  // namespace tinytorch
