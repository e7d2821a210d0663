// 6 rows × 2 vectors of 8 columns: 12 of 16 registers hold sums.
#include <immintrin.h>

#include <algorithm>
#include <array>

#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

#define TINYTORCH_AVX2 [[gnu::target("avx2,fma")]]

namespace tinytorch::kernels {
namespace {

constexpr std::int64_t kLanes = 8;
constexpr std::int64_t kWide = 2 * kLanes;
constexpr std::int64_t kMaxRows = 6;

// Columns from `column` on, 16 or what is left of them.
template <std::int64_t kR>
TINYTORCH_AVX2 void tile(const FloatBlock& block, std::int64_t row, std::int64_t column) {
  const std::int64_t n = block.b.n;
  const std::int64_t width = std::min(block.columns.end - column, kWide);
  float* c = block.c + row * n + column;
  alignas(32) float edge[kR][kWide] = {};
  if (!block.from_zero) {
    for (std::int64_t r = 0; r < kR; ++r) std::copy_n(c + r * n, width, edge[r]);
  }
  __m256 sums[kR][2];
#pragma GCC unroll 6
  for (std::int64_t r = 0; r < kR; ++r) {
    sums[r][0] = _mm256_load_ps(edge[r]);
    sums[r][1] = _mm256_load_ps(edge[r] + kLanes);
  }
  const float* b =
      block.b.values.data() + column / kFloatPanel * block.b.k * kFloatPanel + column % kFloatPanel;
  const float* a = block.a.data + row * block.a.row_stride + block.begin * block.a.column_stride;
  for (std::int64_t i = block.begin; i < block.end; ++i, a += block.a.column_stride) {
    const __m256 low = _mm256_loadu_ps(b + i * kFloatPanel);
    const __m256 high = _mm256_loadu_ps(b + i * kFloatPanel + kLanes);
#pragma GCC unroll 6
    for (std::int64_t r = 0; r < kR; ++r) {
      const __m256 x = _mm256_set1_ps(a[r * block.a.row_stride]);
      sums[r][0] = _mm256_fmadd_ps(x, low, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(x, high, sums[r][1]);
    }
  }
  for (std::int64_t r = 0; r < kR; ++r) {
    _mm256_store_ps(edge[r], sums[r][0]);
    _mm256_store_ps(edge[r] + kLanes, sums[r][1]);
    std::copy_n(edge[r], width, c + r * n);
  }
}

using Tile = void (*)(const FloatBlock&, std::int64_t, std::int64_t);
constexpr std::array<Tile, kMaxRows> kTiles = {tile<1>, tile<2>, tile<3>,
                                               tile<4>, tile<5>, tile<6>};

}  // namespace

void multiply_block_avx2(const FloatBlock& block) {
  for (std::int64_t column = block.columns.begin; column < block.columns.end; column += kWide) {
    for (std::int64_t r = 0; r < block.rows; r += kMaxRows) {
      const std::int64_t rows = std::min(kMaxRows, block.rows - r);
      kTiles[static_cast<std::size_t>(rows - 1)](block, r, column);
    }
  }
}

}  // namespace tinytorch::kernels
