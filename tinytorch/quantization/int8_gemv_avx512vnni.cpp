// With one row every weight is used once: the second-level cache's bandwidth is the limit, not the
// multiplications. Four panels side by side are what its prefetcher follows best (two or eight are
// 2 and 7 % slower, sixteen take twice as long), and asking for codes in advance only adds work.
#include "tinytorch/quantization/int8_gemv_avx512vnni.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define TINYTORCH_VNNI [[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]]

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kSide = 4;    // panels side by side
constexpr std::int64_t kChains = 2;  // sums a panel, so that none waits for the one before it

// The last quad may have fewer than four inputs; the weights there are 0, the bytes beyond x not
// ours to read.
TINYTORCH_VNNI inline __m512i quad_of(const std::uint8_t* x, std::int64_t bytes) {
  std::int32_t quad = 0;
  std::memcpy(&quad, x, static_cast<std::size_t>(bytes));
  return _mm512_set1_epi32(quad);
}

// clamp(rint(sum · m) + zero_point), the clamp first: its bounds are whole numbers.
TINYTORCH_VNNI inline __m128i requantized(const Requantization& to, __m512i sums,
                                          __m512 multipliers) {
  const auto low = static_cast<float>(to.range.qmin - to.zero_point);
  const auto high = static_cast<float>(to.range.qmax - to.zero_point);
  __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), multipliers);
  value = _mm512_min_ps(_mm512_max_ps(value, _mm512_set1_ps(low)), _mm512_set1_ps(high));
  return _mm512_cvtepi32_epi8(
      _mm512_add_epi32(_mm512_cvtps_epi32(value), _mm512_set1_epi32(to.zero_point)));
}

template <std::int64_t kP>
TINYTORCH_VNNI void panels(const Int8Problem& problem, std::int64_t first) {
  const PackedWeights& weight = problem.weight;
  const std::int64_t groups = weight.in / kGroup;
  const std::int64_t panel_size = weight.groups() * kPanel * kGroup;
  const std::int8_t* w = weight.codes.data() + first * panel_size;
  __m512i sums[kP][kChains] = {};

  std::int64_t g = 0;
  for (; g + kChains <= groups; g += kChains) {
#pragma GCC unroll 4
    for (std::int64_t c = 0; c < kChains; ++c) {
      const __m512i x = quad_of(problem.x + (g + c) * kGroup, kGroup);
#pragma GCC unroll 8
      for (std::int64_t p = 0; p < kP; ++p) {
        const std::int8_t* from = w + p * panel_size + (g + c) * kPanel * kGroup;
        sums[p][c] = _mm512_dpbusd_epi32(sums[p][c], x, _mm512_loadu_si512(from));
      }
    }
  }
  for (; g < weight.groups(); ++g) {
    const __m512i x = quad_of(problem.x + g * kGroup, std::min(kGroup, weight.in - g * kGroup));
#pragma GCC unroll 8
    for (std::int64_t p = 0; p < kP; ++p) {
      const std::int8_t* from = w + p * panel_size + g * kPanel * kGroup;
      sums[p][0] = _mm512_dpbusd_epi32(sums[p][0], x, _mm512_loadu_si512(from));
    }
  }

  const Requantization& to = *problem.requantization;
#pragma GCC unroll 8
  for (std::int64_t p = 0; p < kP; ++p) {
    const std::int64_t o = (first + p) * kPanel;
    const auto left = static_cast<unsigned>(std::min(kPanel, weight.out - o));
    const auto mask = static_cast<__mmask16>((1u << left) - 1u);
    const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(sums[p][0], sums[p][1]),
                                         _mm512_maskz_loadu_epi32(mask, problem.bias + o));
    const __m512 multipliers = _mm512_maskz_loadu_ps(mask, to.multipliers.data() + o);
    _mm_mask_storeu_epi8(problem.codes + o, mask, requantized(to, sum, multipliers));
  }
}

}  // namespace

void int8_gemv_avx512vnni(const Int8Problem& problem) {
  const std::int64_t count = problem.weight.panels();
  std::int64_t p = 0;
  for (; p + kSide <= count; p += kSide) panels<kSide>(problem, p);
  for (; p < count; ++p) panels<1>(problem, p);
}

}  // namespace tinytorch::quantization
