// vpmaddubsw would add two products in int16 and saturate, so codes are widened to int16 first and
// multiplied by vpmaddwd, whose sums are int32.
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "tinytorch/quantization/int8/detail/avx2_pairs.h"
#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kRows = 3;                // × 4 vectors of sums = 12 of 16 registers
constexpr std::int64_t kVectors = 4;             // of sums: 4 outputs × 2 partial sums each
constexpr std::int64_t kStep = kPanel * kGroup;  // bytes of a panel's group

template <std::int64_t kR>
using Sums = __m256i[kR][kVectors];

// Adds the products of whole groups: kR rows of x, `stride` apart, with a panel.
template <std::int64_t kR>
[[gnu::target("avx2")]] inline void add_groups(const std::int8_t* x, std::int64_t stride,
                                               const std::int8_t* panel, std::int64_t groups,
                                               Sums<kR>& sums) {
  for (std::int64_t g = 0; g < groups; ++g, x += kGroup, panel += kStep) {
    __m256i a[kR];
#pragma GCC unroll 3
    for (std::int64_t r = 0; r < kR; ++r) {
      std::int32_t quad;
      std::memcpy(&quad, x + r * stride, sizeof quad);
      a[r] = _mm256_cvtepi8_epi16(_mm_set1_epi32(quad));
    }
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < kVectors; ++v) {
      const auto* at = reinterpret_cast<const __m128i*>(panel + v * 16);
      const __m256i w = _mm256_cvtepi8_epi16(_mm_loadu_si128(at));
#pragma GCC unroll 3
      for (std::int64_t r = 0; r < kR; ++r) {
        sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(a[r], w));
      }
    }
  }
}

// kR rows from `row` on with panel p.
template <std::int64_t kR>
[[gnu::target("avx2")]] void panel_times_rows(const Int8Problem& problem, std::int64_t p,
                                              std::int64_t row) {
  const PackedWeights& weight = problem.weight;
  const std::int64_t in = weight.in;
  const std::int64_t whole = in / kGroup;
  const std::int8_t* panel = weight.codes.data() + p * weight.groups() * kStep;
  const auto* x = reinterpret_cast<const std::int8_t*>(problem.x) + row * in;
  Sums<kR> sums;
#pragma GCC unroll 3
  for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] = _mm256_setzero_si256();
  }
  add_groups<kR>(x, in, panel, whole, sums);
  if (whole < weight.groups()) {  // the last inputs, filled up with zeros
    std::int8_t last[kR][kGroup] = {};
    for (std::int64_t r = 0; r < kR; ++r) {
      std::copy(x + r * in + whole * kGroup, x + (r + 1) * in, last[r]);
    }
    add_groups<kR>(last[0], kGroup, panel + whole * kStep, 1, sums);
  }
  alignas(32) std::int32_t total[kR][kPanel];
#pragma GCC unroll 3
  for (std::int64_t r = 0; r < kR; ++r) {
    auto* to = reinterpret_cast<__m256i*>(total[r]);
    _mm256_store_si256(to, add_pairs(sums[r][0], sums[r][1]));
    _mm256_store_si256(to + 1, add_pairs(sums[r][2], sums[r][3]));
  }
  for (std::int64_t r = 0; r < kR; ++r) {
    for (std::int64_t o = p * kPanel; o < std::min((p + 1) * kPanel, weight.out); ++o) {
      problem.acc[(row + r) * weight.out + o] = problem.bias[o] + total[r][o - p * kPanel];
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
