// The arithmetic of requantize_tflite without a branch and without a 64-bit division, so that the
// compiler turns the loop over channels into vector code, once for each instruction set.
#include "tinytorch/quantization/dialects_simd.h"

#include <algorithm>
#include <limits>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

FixedPointLanes::FixedPointLanes(std::span<const FixedPoint> multipliers) {
  for (const auto [mantissa, exponent] : multipliers) {
    mantissas.push_back(mantissa);
    left.push_back(std::max(exponent, 0));
    right.push_back(std::max(-exponent, 0));
    shifts_left = shifts_left || exponent > 0;
  }
}

namespace {

struct Rows {
  const std::int32_t* acc;
  std::int8_t* codes;
  std::int64_t rows;
  std::int32_t zero_point;
  QRange range;
};

// x << n, saturating: beyond the largest x that survives the shift, an end of int32.
[[gnu::always_inline]] inline std::int32_t shifted_left(std::int32_t x, std::int32_t n) {
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();
  const auto wrapped = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << n);
  const std::int32_t capped = x > (kHighest >> n) ? kHighest : wrapped;
  return x < (kLowest >> n) ? kLowest : capped;
}

// SRDHM of a mantissa, which is never negative. Truncating (p + 1 - 2^30) / 2^31 of a negative p is
// floor((p + 2^30) / 2^31), the same as for the others: one shift serves both. Its lower 32 bits
// are the same whether zeros or signs come in from above, and vectors can shift in zeros.
[[gnu::always_inline]] inline std::int32_t high_mul(std::int32_t a, std::int32_t mantissa) {
  const std::int64_t product = std::int64_t{a} * std::int64_t{mantissa} + (std::int64_t{1} << 30);
  return static_cast<std::int32_t>(static_cast<std::uint64_t>(product) >> 31);
}

// RDBP: the mask in 32 bits, 0 <= n <= 31.
[[gnu::always_inline]] inline std::int32_t divided(std::int32_t x, std::int32_t n) {
  const auto mask = static_cast<std::int32_t>((std::uint32_t{1} << n) - 1);
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> n) + ((x & mask) > threshold ? 1 : 0);
}

template <bool kShiftsLeft>
[[gnu::always_inline]] inline void requantize_rows(const Rows& job, const FixedPointLanes& to) {
  const auto out = static_cast<std::int64_t>(to.mantissas.size());
  const std::int32_t* mantissas = to.mantissas.data();
  const std::int32_t* left = to.left.data();
  const std::int32_t* right = to.right.data();
  // Clamping before the zero-point is added keeps the sum within int32.
  const std::int32_t low = job.range.qmin - job.zero_point;
  const std::int32_t high = job.range.qmax - job.zero_point;
  for (std::int64_t row = 0; row < job.rows; ++row) {
    const std::int32_t* acc = job.acc + row * out;
    std::int8_t* codes = job.codes + row * out;
    for (std::int64_t o = 0; o < out; ++o) {
      const std::int32_t sum = kShiftsLeft ? shifted_left(acc[o], left[o]) : acc[o];
      const std::int32_t scaled = divided(high_mul(sum, mantissas[o]), right[o]);
      const std::int32_t raised = scaled > low ? scaled : low;
      codes[o] = static_cast<std::int8_t>((raised < high ? raised : high) + job.zero_point);
    }
  }
}

void requantize_plain(const Rows& job, const FixedPointLanes& to) {
  requantize_rows<true>(job, to);
}

[[gnu::target("avx2")]] void requantize_avx2(const Rows& job, const FixedPointLanes& to) {
  to.shifts_left ? requantize_rows<true>(job, to) : requantize_rows<false>(job, to);
}

[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] void requantize_avx512(
    const Rows& job, const FixedPointLanes& to) {
  to.shifts_left ? requantize_rows<true>(job, to) : requantize_rows<false>(job, to);
}

}  // namespace

void requantize_tflite_lanes(std::span<const std::int32_t> acc, const FixedPointLanes& multipliers,
                             std::int32_t zero_point, QRange range, std::span<std::int8_t> codes,
                             Isa isa) {
  const std::size_t out = multipliers.mantissas.size();
  if (out == 0 || acc.size() % out != 0 || codes.size() != acc.size()) {
    throw Error(concat("requantize_tflite_lanes: ", acc.size(), " sums, ", out, " multipliers and ",
                       codes.size(), " codes do not fit together"));
  }
  const Rows job{acc.data(), codes.data(), static_cast<std::int64_t>(acc.size() / out), zero_point,
                 range};
  switch (isa) {
    case Isa::kScalar:
      return requantize_plain(job, multipliers);
    case Isa::kAvx2:
      return requantize_avx2(job, multipliers);
    case Isa::kAvx512Vnni:
      return requantize_avx512(job, multipliers);
  }
}

}  // namespace tinytorch::quantization
