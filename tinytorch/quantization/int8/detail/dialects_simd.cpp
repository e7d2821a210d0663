// The loop over channels becomes vector code, once for each instruction set.
#include "tinytorch/quantization/int8/detail/dialects_simd.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/detail/fixed_point_lanes.h"
#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"

namespace tinytorch::quantization {

FixedPointLanes::FixedPointLanes(std::span<const FixedPoint> multipliers) {
  for (const auto [mantissa, exponent] : multipliers) {
    const bool normal = mantissa >= 1 << 30 && exponent >= -31 && exponent <= 30;
    if (!normal && !(mantissa == 0 && exponent == 0)) {
      throw Error(concat("FixedPointLanes: multiplier of channel ", mantissas.size(), " is ",
                         mantissa, " with exponent ", exponent,
                         "; quantize_multiplier() makes what there is"));
    }
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
  std::int64_t count;
  std::int32_t zero_point;
  QRange range;
};

template <bool kShiftsLeft>
[[gnu::always_inline]] inline void requantize_rows(const Rows& job, const FixedPointLanes& to) {
  const auto out = static_cast<std::int64_t>(to.mantissas.size());
  const std::int32_t* mantissas = to.mantissas.data();
  const std::int32_t* left = to.left.data();
  const std::int32_t* right = to.right.data();
  // Clamping before the zero-point is added keeps the sum within int32.
  const std::int32_t low = job.range.qmin - job.zero_point;
  const std::int32_t high = job.range.qmax - job.zero_point;
  for (std::int64_t row = 0; row < job.count; row += out) {
    const std::int32_t* acc = job.acc + row;
    std::int8_t* codes = job.codes + row;
    const std::int64_t channels = std::min(out, job.count - row);
    for (std::int64_t o = 0; o < channels; ++o) {
      const std::int32_t sum = kShiftsLeft ? lanes::shifted_left(acc[o], left[o]) : acc[o];
      const std::int32_t scaled = lanes::divided(lanes::high_mul(sum, mantissas[o]), right[o]);
      codes[o] = static_cast<std::int8_t>(lanes::clamped(scaled, low, high) + job.zero_point);
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
  if (out == 0 || codes.size() != acc.size()) {
    throw Error(concat("requantize_tflite_lanes: ", acc.size(), " sums, ", out, " multipliers and ",
                       codes.size(), " codes do not fit together"));
  }
  const Rows job{acc.data(), codes.data(), static_cast<std::int64_t>(acc.size()), zero_point,
                 range};
  switch (isa_for_elementwise(isa)) {
    case Isa::kScalar:
    case Isa::kLaneTile:
    case Isa::kNeonDot:
      return requantize_plain(job, multipliers);
    case Isa::kAvx2:
      return requantize_avx2(job, multipliers);
    case Isa::kAvx512Vnni:
      return requantize_avx512(job, multipliers);
  }
}

}  // namespace tinytorch::quantization
