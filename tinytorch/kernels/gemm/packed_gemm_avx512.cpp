// Tiles of rows × vectors of 16 columns: 12 rows take 2 vectors (24 of 32 registers hold sums), few
// rows take more, so that there are always enough chains to hide the latency of a multiply-add.
//
// Compiled with -fno-tree-pre, as int8_gemm_avx512vnni.cpp is and for its reason.
#include <immintrin.h>

#include <algorithm>
#include <array>

#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

#define TINYTORCH_AVX512 [[gnu::target("avx512f")]]

namespace tinytorch::kernels {
namespace {

constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kMaxRows = 12;
// Values of a few columns of b that stay in the second-level cache while all rows pass by.
constexpr std::int64_t kBlockBytes = 512 * 1024;

inline const float* vector_at(const PackedFloats& b, std::int64_t vector) {
  const std::int64_t panel = vector * kLanes / kFloatPanel;
  return b.values.data() + panel * b.k * kFloatPanel + vector * kLanes % kFloatPanel;
}

// A vector of c: all of its columns, or the last ones of a row. Masked stores are slow, so that
// tiles within the edge do without.
struct AllColumns {
  TINYTORCH_AVX512 __m512 load(const float* from) const { return _mm512_loadu_ps(from); }
  TINYTORCH_AVX512 void store(float* to, __m512 sums) const { _mm512_storeu_ps(to, sums); }
};
struct SomeColumns {
  __mmask16 mask;
  TINYTORCH_AVX512 __m512 load(const float* from) const {
    return _mm512_maskz_loadu_ps(mask, from);
  }
  TINYTORCH_AVX512 void store(float* to, __m512 sums) const {
    _mm512_mask_storeu_ps(to, mask, sums);
  }
};

// kR rows from `row` on with `tiles` times kV vectors from `vector` on: neighbouring tiles are one
// call, so that what does not repeat in the innermost loop costs little.
template <std::int64_t kR, std::int64_t kV, typename Columns>
TINYTORCH_AVX512 void tile(const FloatBlock& block, std::int64_t row, std::int64_t vector,
                           std::int64_t tiles, Columns columns) {
  // Steps that values are asked for in advance; few rows leave no room for asking.
  constexpr std::int64_t kAhead = 16;
  const std::int64_t n = block.b.n;
  const std::int64_t steps = block.end - block.begin;
  const std::int64_t pair = block.b.k * kFloatPanel;  // from one panel to the next
  const std::int64_t row_stride = block.a.row_stride;
  const std::int64_t column_stride = block.a.column_stride;
  const bool from_zero = block.from_zero;
  const float* a = block.a.data + row * row_stride + block.begin * column_stride;
  float* corner = block.c + row * n + vector * kLanes;
  for (; tiles > 0; --tiles, vector += kV, corner += kV * kLanes) {
    const float* b = vector_at(block.b, vector) + block.begin * kFloatPanel;
    __m512 sums[kR][kV];
    float* c = corner;
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kV; ++v) {
        sums[r][v] = from_zero ? _mm512_setzero_ps() : columns.load(c + v * kLanes);
      }
      c += n;
      asm("" : "+r"(c));
    }
    // Three moving pointers reach 12 rows at 0, 1, 2 and 3 strides; left alone, g++ keeps twelve
    // offsets, more than there are registers. The empty asm hides that they move together.
    const float* fours[(kR + 3) / 4];
#pragma GCC unroll 3
    for (std::int64_t i = 0; i < (kR + 3) / 4; ++i) fours[i] = a + 4 * i * row_stride;
    for (std::int64_t i = 0; i < steps; ++i) {
      __m512 w[kV];
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kV; ++v) {
        const float* from = b + v / 2 * pair + v % 2 * kLanes + i * kFloatPanel;
        w[v] = _mm512_loadu_ps(from);
        if (kR > 8) _mm_prefetch(from + kAhead * kFloatPanel, _MM_HINT_T0);
      }
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < kR; ++r) {
        const __m512 x = _mm512_set1_ps(fours[r / 4][r % 4 * row_stride]);
#pragma GCC unroll 8
        for (std::int64_t v = 0; v < kV; ++v) sums[r][v] = _mm512_fmadd_ps(x, w[v], sums[r][v]);
      }
#pragma GCC unroll 3
      for (std::int64_t f = 0; f < (kR + 3) / 4; ++f) {
        fours[f] += column_stride;
        asm("" : "+r"(fours[f]));
      }
    }
    c = corner;
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < kR; ++r) {
#pragma GCC unroll 8
      for (std::int64_t v = 0; v < kV; ++v) columns.store(c + v * kLanes, sums[r][v]);
      c += n;
      asm("" : "+r"(c));
    }
  }
}

template <typename Columns>
using Tile = void (*)(const FloatBlock&, std::int64_t, std::int64_t, std::int64_t, Columns);

// kTiles[log2(vectors)][rows - 1]; wide ones for as many rows as fit into 24 registers.
constexpr std::array<std::array<Tile<AllColumns>, kMaxRows>, 4> kTiles = {{
    {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>, tile<5, 1>, tile<6, 1>, tile<7, 1>, tile<8, 1>,
     tile<9, 1>, tile<10, 1>, tile<11, 1>, tile<12, 1>},
    {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>, tile<5, 2>, tile<6, 2>, tile<7, 2>, tile<8, 2>,
     tile<9, 2>, tile<10, 2>, tile<11, 2>, tile<12, 2>},
    {tile<1, 4>, tile<2, 4>, tile<3, 4>, tile<4, 4>, tile<5, 4>, tile<6, 4>},
    {tile<1, 8>, tile<2, 8>, tile<3, 8>},
}};
// The last vector of a row where it has fewer than 16 columns.
constexpr std::array<Tile<SomeColumns>, kMaxRows> kEdgeTiles = {
    tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>,  tile<5, 1>,  tile<6, 1>,
    tile<7, 1>, tile<8, 1>, tile<9, 1>, tile<10, 1>, tile<11, 1>, tile<12, 1>};

// Vectors [v, vectors) of a few rows, in tiles as wide as they come.
void strip(const FloatBlock& block, std::int64_t row, std::int64_t rows, std::int64_t v,
           std::int64_t vectors) {
  const auto height = static_cast<std::size_t>(rows - 1);
  const std::int64_t whole = std::min(vectors, block.b.n / kLanes);
  std::int64_t wide = rows <= 3 ? 3 : rows <= 6 ? 2 : 1;
  while (v < whole) {
    while (v + (std::int64_t{1} << wide) > whole) --wide;
    const std::int64_t tiles = (whole - v) >> wide;
    kTiles[static_cast<std::size_t>(wide)][height](block, row, v, tiles, {});
    v += tiles << wide;
  }
  if (v == vectors) return;
  const auto left = static_cast<std::uint32_t>(block.b.n - v * kLanes);
  kEdgeTiles[height](block, row, v, 1, {static_cast<__mmask16>((1u << left) - 1u)});
}

}  // namespace

// A few columns at a time, as many as stay in the second-level cache; for these, strip after strip:
// its rows of a stay in the first-level cache while b streams by in one piece.
void multiply_block_avx512(const FloatBlock& block) {
  const std::int64_t first = block.columns.begin / kLanes;
  const std::int64_t vectors = (block.columns.end + kLanes - 1) / kLanes;
  const std::int64_t vector_bytes = (block.end - block.begin) * kLanes * 4;
  const std::int64_t many = std::max<std::int64_t>(kBlockBytes / vector_bytes / 8, 1) * 8;
  for (std::int64_t v = first; v < vectors; v += many) {
    const std::int64_t end = std::min(v + many, vectors);
    for (std::int64_t r = 0; r < block.rows; r += kMaxRows) {
      strip(block, r, std::min(kMaxRows, block.rows - r), v, end);
    }
  }
}

}  // namespace tinytorch::kernels
