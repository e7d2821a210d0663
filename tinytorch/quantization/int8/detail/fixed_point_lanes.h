#pragma once
// SRDHM and RDBP without a branch and without a 64-bit division, so that the compiler turns loops
// over them into vector code. Internal to the kernels of dialect tflite.

#include <cstdint>
#include <limits>

namespace tinytorch::quantization::lanes {

// x << n, saturating: beyond the largest x that survives the shift, an end of int32.
[[gnu::always_inline]] inline std::int32_t shifted_left(std::int32_t x, std::int32_t n) {
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();
  const auto wrapped = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << n);
  const std::int32_t capped = x > (kHighest >> n) ? kHighest : wrapped;
  return x < (kLowest >> n) ? kLowest : capped;
}

// SRDHM by a mantissa, which is never negative. Truncating (p + 1 - 2^30) / 2^31 of a negative p is
// floor((p + 2^30) / 2^31), the same as for the others: one shift serves both. The lower 32 bits
// are the same whether zeros or signs come in from above, and vectors can shift in zeros.
[[gnu::always_inline]] inline std::int32_t high_mul(std::int32_t a, std::int32_t mantissa) {
  const std::int64_t product = std::int64_t{a} * std::int64_t{mantissa} + (std::int64_t{1} << 30);
  return static_cast<std::int32_t>(static_cast<std::uint64_t>(product) >> 31);
}

// RDBP with its mask in 32 bits, 0 <= n <= 31.
[[gnu::always_inline]] inline std::int32_t divided(std::int32_t x, std::int32_t n) {
  const auto mask = static_cast<std::int32_t>((std::uint32_t{1} << n) - 1);
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> n) + ((x & mask) > threshold ? 1 : 0);
}

// clamp(x, low, high) as two conditional moves.
[[gnu::always_inline]] inline std::int32_t clamped(std::int32_t x, std::int32_t low,
                                                   std::int32_t high) {
  const std::int32_t at_least_low = x > low ? x : low;
  return at_least_low < high ? at_least_low : high;
}

}  // namespace tinytorch::quantization::lanes
