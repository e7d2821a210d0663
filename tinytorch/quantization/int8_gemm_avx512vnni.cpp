// vpdpbusd multiplies unsigned by signed bytes. An input code x becomes the unsigned x + 128, so
// every sum is 128 · Σ w too large; that much is taken off the bias beforehand.
//
// Compiled with -fno-tree-pre (see tinytorch/CMakeLists.txt): with partial redundancy elimination
// g++ 12 keeps half of the accumulators in memory and the tile runs at half its speed.
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "tinytorch/quantization/int8_gemm_kernels.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kVnniRows = 12;  // × 2 panels = 24 accumulators of 32 registers
constexpr std::int64_t kVnniPanels = 2;

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

}  // namespace

void int8_gemm_avx512vnni(const Int8Problem& problem) {
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

}  // namespace tinytorch::quantization
