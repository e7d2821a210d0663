// vpmaddubsw would add two products in int16 and saturate, so codes are widened to int16 first and
// multiplied by vpmaddwd, whose sums are int32.
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "tinytorch/quantization/avx2_pairs.h"
#include "tinytorch/quantization/int8_gemm_kernels.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kRows = 3;  // × 4 vectors of sums = 12 of 16 registers

// The four input codes from x on, as many as there are, the rest 0.
inline std::int32_t load_group(const std::int8_t* x, std::int64_t available) {
  std::int32_t quad = 0;
  if (available >= kGroup) {  // all but the last group: one load instead of a call
    std::memcpy(&quad, x, sizeof quad);
  } else {
    std::memcpy(&quad, x, static_cast<std::size_t>(available));
  }
  return quad;
}

// kR rows from `row` on with panel p.
template <std::int64_t kR>
[[gnu::target("avx2")]] void panel_times_rows(const Int8Problem& problem, std::int64_t p,
                                              std::int64_t row) {
  const PackedWeights& weight = problem.weight;
  const std::int64_t groups = weight.groups();
  const std::int8_t* panel = weight.codes.data() + p * groups * kPanel * kGroup;
  const auto* x = reinterpret_cast<const std::int8_t*>(problem.x) + row * weight.in;
  __m256i sums[kR][4];
#pragma GCC unroll 12
  for (std::int64_t i = 0; i < kR * 4; ++i) sums[i / 4][i % 4] = _mm256_setzero_si256();
  for (std::int64_t g = 0; g < groups; ++g) {
    __m256i a[kR];
#pragma GCC unroll 3
    for (std::int64_t r = 0; r < kR; ++r) {
      const std::int32_t quad = load_group(x + r * weight.in + g * kGroup, weight.in - g * kGroup);
      a[r] = _mm256_cvtepi8_epi16(_mm_set1_epi32(quad));
    }
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < 4; ++v) {
      const std::int8_t* at = panel + g * kPanel * kGroup + v * 16;
      const __m256i w = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
#pragma GCC unroll 3
      for (std::int64_t r = 0; r < kR; ++r) {
        sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(a[r], w));
      }
    }
  }
  for (std::int64_t r = 0; r < kR; ++r) {
    alignas(32) std::int32_t total[kPanel];
    _mm256_store_si256(reinterpret_cast<__m256i*>(total), add_pairs(sums[r][0], sums[r][1]));
    _mm256_store_si256(reinterpret_cast<__m256i*>(total + 8), add_pairs(sums[r][2], sums[r][3]));
    for (std::int64_t o = p * kPanel; o < std::min((p + 1) * kPanel, weight.out); ++o) {
      problem.acc[(row + r) * weight.out + o] = problem.bias[o] + total[o - p * kPanel];
    }
  }
}

}  // namespace

void int8_gemm_avx2(const Int8Problem& problem) {
  for (std::int64_t p = 0; p < problem.weight.panels(); ++p) {
    std::int64_t row = 0;
    for (; row + kRows <= problem.rows; row += kRows) panel_times_rows<kRows>(problem, p, row);
    for (; row < problem.rows; ++row) panel_times_rows<1>(problem, p, row);
  }
}

}  // namespace tinytorch::quantization
