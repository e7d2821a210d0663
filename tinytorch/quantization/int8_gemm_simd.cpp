// Vector kernels over the packed layout of int8_gemm.h, and the choice between them.
#include "tinytorch/quantization/int8_gemm_simd.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

// One call's sizes, checked once.
struct Problem {
  const std::int8_t* x;
  std::int64_t rows;
  const PackedWeights& weight;
  const std::int32_t* bias;
  std::int32_t* acc;
};

std::int32_t load4(const std::int8_t* x, std::int64_t available) {
  std::int32_t quad = 0;
  std::memcpy(&quad, x, static_cast<std::size_t>(std::min(kGroup, available)));
  return quad;
}

// --- AVX-512 VNNI ---------------------------------------------------------------------------
// vpdpbusd multiplies unsigned by signed bytes. An input code x becomes the unsigned x + 128, so
// every sum is 128 · Σ w too large; that much is taken off the bias beforehand.

inline constexpr std::int64_t kVnniRows = 12;    // × 2 panels = 24 accumulators of 32 registers
inline constexpr std::int64_t kVnniPanels = 2;

template <std::int64_t kR, std::int64_t kP>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] void vnni_tile(
    const std::uint8_t* x, std::int64_t stride, std::int64_t groups, const std::int8_t* panel,
    std::int64_t panel_size, const std::int32_t* start, std::int32_t* acc, std::int64_t out,
    std::int64_t columns) {
  __m512i sums[kR][kP];
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 2
    for (std::int64_t p = 0; p < kP; ++p) sums[r][p] = _mm512_loadu_si512(start + p * kPanel);
  }
  for (std::int64_t g = 0; g < groups; ++g) {
    __m512i w[kP];
#pragma GCC unroll 2
    for (std::int64_t p = 0; p < kP; ++p) {
      w[p] = _mm512_loadu_si512(panel + p * panel_size + g * kPanel * kGroup);
    }
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; ++r) {
      std::int32_t quad;
      std::memcpy(&quad, x + r * stride + g * kGroup, sizeof quad);
      const __m512i a = _mm512_set1_epi32(quad);
#pragma GCC unroll 2
      for (std::int64_t p = 0; p < kP; ++p) sums[r][p] = _mm512_dpbusd_epi32(sums[r][p], a, w[p]);
    }
  }
#pragma GCC unroll 12
  for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 2
    for (std::int64_t p = 0; p < kP; ++p) {
      const std::int64_t width = std::clamp<std::int64_t>(columns - p * kPanel, 0, kPanel);
      const auto mask = static_cast<__mmask16>((1u << width) - 1u);
      _mm512_mask_storeu_epi32(acc + r * out + p * kPanel, mask, sums[r][p]);
    }
  }
}

using VnniTile = void (*)(const std::uint8_t*, std::int64_t, std::int64_t, const std::int8_t*,
                          std::int64_t, const std::int32_t*, std::int32_t*, std::int64_t,
                          std::int64_t);

template <std::int64_t kP>
VnniTile vnni_tile_for(std::int64_t rows) {
  static constexpr VnniTile kTiles[] = {vnni_tile<1, kP>,  vnni_tile<2, kP>,  vnni_tile<3, kP>,
                                        vnni_tile<4, kP>,  vnni_tile<5, kP>,  vnni_tile<6, kP>,
                                        vnni_tile<7, kP>,  vnni_tile<8, kP>,  vnni_tile<9, kP>,
                                        vnni_tile<10, kP>, vnni_tile<11, kP>, vnni_tile<12, kP>};
  return kTiles[rows - 1];
}

void gemm_vnni(const Problem& problem) {
  const PackedWeights& weight = problem.weight;
  const std::int64_t groups = weight.groups();
  const std::int64_t stride = groups * kGroup;
  // Inputs as unsigned, rows padded to whole groups. The padding may hold anything: the weights
  // it meets are 0.
  std::vector<std::uint8_t> shifted(static_cast<std::size_t>(problem.rows * stride), 128);
  for (std::int64_t r = 0; r < problem.rows; ++r) {
    const std::int8_t* from = problem.x + r * weight.in;
    std::uint8_t* to = shifted.data() + r * stride;
    for (std::int64_t k = 0; k < weight.in; ++k) to[k] = static_cast<std::uint8_t>(from[k] ^ -128);
  }
  std::vector<std::int32_t> start(static_cast<std::size_t>(weight.panels() * kPanel));
  for (std::int64_t o = 0; o < weight.out; ++o) {
    start[static_cast<std::size_t>(o)] =
        problem.bias[o] - 128 * weight.sums[static_cast<std::size_t>(o)];
  }

  const std::int64_t panel_size = stride * kPanel;
  for (std::int64_t p = 0; p < weight.panels(); p += kVnniPanels) {
    const std::int64_t panels = std::min(kVnniPanels, weight.panels() - p);
    for (std::int64_t r = 0; r < problem.rows; r += kVnniRows) {
      const std::int64_t rows = std::min(kVnniRows, problem.rows - r);
      const VnniTile tile = panels == 2 ? vnni_tile_for<2>(rows) : vnni_tile_for<1>(rows);
      tile(shifted.data() + r * stride, stride, groups, weight.codes.data() + p * panel_size,
           panel_size, start.data() + p * kPanel, problem.acc + r * weight.out + p * kPanel,
           weight.out, weight.out - p * kPanel);
    }
  }
}

// --- AVX2 -----------------------------------------------------------------------------------
// vpmaddubsw would add two products in int16 and saturate, so codes are widened to int16 first
// and multiplied by vpmaddwd, whose sums are int32.

inline constexpr std::int64_t kAvx2Rows = 4;

// Adds each output's four int32 lanes-in-pairs: two vectors of [pair, pair] per output become one.
[[gnu::target("avx2")]] inline __m256i add_pairs(__m256i low, __m256i high) {
  // hadd works within 128-bit halves; the permutation puts outputs back in order.
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0b11011000);
}

[[gnu::target("avx2")]] void avx2_panel(const Problem& problem, std::int64_t p, std::int64_t row,
                                        std::int64_t rows) {
  const PackedWeights& weight = problem.weight;
  const std::int64_t groups = weight.groups();
  const std::int8_t* panel = weight.codes.data() + p * groups * kPanel * kGroup;
  __m256i sums[kAvx2Rows][4];  // per row: 4 outputs a vector, each as two partial sums
  for (auto& row_sums : sums) {
    for (__m256i& sum : row_sums) sum = _mm256_setzero_si256();
  }
  for (std::int64_t g = 0; g < groups; ++g) {
    __m256i w[4];
    for (std::int64_t v = 0; v < 4; ++v) {
      const std::int8_t* at = panel + g * kPanel * kGroup + v * 16;
      w[v] = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int8_t* x = problem.x + (row + r) * weight.in + g * kGroup;
      const __m128i quad = _mm_set1_epi32(load4(x, weight.in - g * kGroup));
      const __m256i a = _mm256_cvtepi8_epi16(quad);
      for (std::int64_t v = 0; v < 4; ++v) {
        sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(a, w[v]));
      }
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    alignas(32) std::int32_t total[kPanel];
    _mm256_store_si256(reinterpret_cast<__m256i*>(total), add_pairs(sums[r][0], sums[r][1]));
    _mm256_store_si256(reinterpret_cast<__m256i*>(total + 8), add_pairs(sums[r][2], sums[r][3]));
    for (std::int64_t o = p * kPanel; o < std::min((p + 1) * kPanel, weight.out); ++o) {
      problem.acc[(row + r) * weight.out + o] = problem.bias[o] + total[o - p * kPanel];
    }
  }
}

void gemm_avx2(const Problem& problem) {
  for (std::int64_t p = 0; p < problem.weight.panels(); ++p) {
    for (std::int64_t row = 0; row < problem.rows; row += kAvx2Rows) {
      avx2_panel(problem, p, row, std::min(kAvx2Rows, problem.rows - row));
    }
  }
}

}  // namespace

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
  }
  return "unknown";
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas{Isa::kScalar};
  if (__builtin_cpu_supports("avx2")) isas.push_back(Isa::kAvx2);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    isas.push_back(Isa::kAvx512Vnni);
  }
  return isas;
}

Isa best_isa() {
  static const Isa best = supported_isas().back();
  return best;
}

void int8_gemm(std::span<const std::int8_t> x, const PackedWeights& weight,
               std::span<const std::int32_t> bias, std::span<std::int32_t> acc, Isa isa) {
  if (isa == Isa::kScalar) return gemm_packed(x, weight, bias, acc);
  const auto rows = static_cast<std::int64_t>(x.size()) / std::max<std::int64_t>(weight.in, 1);
  if (weight.in <= 0 || static_cast<std::int64_t>(x.size()) != rows * weight.in ||
      static_cast<std::int64_t>(bias.size()) != weight.out ||
      static_cast<std::int64_t>(acc.size()) != rows * weight.out) {
    throw Error(concat("int8_gemm: x of ", x.size(), ", weight ", weight.out, " x ", weight.in,
                       ", bias of ", bias.size(), " and acc of ", acc.size(),
                       " elements do not fit together"));
  }
  const std::vector<Isa> isas = supported_isas();
  if (std::find(isas.begin(), isas.end(), isa) == isas.end()) {
    throw Error(concat("int8_gemm: this machine has no ", name(isa)));
  }
  const Problem problem{x.data(), rows, weight, bias.data(), acc.data()};
  if (isa == Isa::kAvx512Vnni) {
    gemm_vnni(problem);
  } else {
    gemm_avx2(problem);
  }
}

}  // namespace tinytorch::quantization
