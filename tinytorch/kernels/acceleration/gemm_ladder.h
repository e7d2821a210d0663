#pragma once
// The first rungs of the ladder: the same matrix product, walked in a better order each time.
// You write this part: gemm_ladder.cpp (acceleration module).
//
// Every rung computes every output as the same chain of fused multiply-adds in the order of k,
//     c[i, j] = fma(a[i, k−1], b[k−1, j], … fma(a[i, 1], b[1, j], fma(a[i, 0], b[0, j], 0)))
// so all of them agree bit for bit. Only the order in which *outputs* are visited changes, and what
// stays in registers and caches meanwhile. std::fma(x, y, s) is x·y + s, rounded once.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/gemm/packed_gemm.h"
#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

namespace tinytorch::kernels {

// Task: Rung 1: c[m, n] = a[m, k] · b[k, n], row-major, one output after the other, each a
// loop over k with its sum in a local variable. k = 0 gives zeros. c may not overlap a or b. A
// given line refuses spans that do not fit the sizes.
void gemm_scalar(std::span<const float> a, std::span<const float> b, std::span<float> c,
                 std::int64_t m, std::int64_t n, std::int64_t k);

inline constexpr std::int64_t kBlockDepth = 128;    // steps of k …
inline constexpr std::int64_t kBlockColumns = 256;  // … and columns that rung 2 takes at a time

// Task: Rung 2: the same result in blocks. A block of b, kBlockDepth rows by kBlockColumns
// columns, is 128 KiB and stays in the second-level cache while every row of a passes by. Within it
// the order is i, p, j, so that the innermost loop runs along neighbours in b and in c and the
// compiler can do many of them at once. c holds the unfinished sums from one block to the next.
void gemm_blocked(std::span<const float> a, std::span<const float> b, std::span<float> c,
                  std::int64_t m, std::int64_t n, std::int64_t k);

// Task: One panel of PackedFloats: `width` (1 to 32) columns of b, k rows of them, side by
// side. b points at the panel's first value and may be a transpose (StridedFloats):
//     panel[i · 32 + j] = b(i, j) = b.data[i · b.row_stride + j · b.column_stride],  0 for j >=
//     width
// The engine packs every right-hand side with it. Given lines refuse k < 0 and a width outside 1 to
// 32.
void pack_panel(const StridedFloats& b, std::int64_t k, std::int64_t width, float* panel);

// Task: Rung 3: a block of the product over packed panels, kSumRows rows × 32 columns at a
// time, their sums in a local array for the whole way from block.begin to block.end.
// For row r in [0, rows) and column j in [columns.begin, columns.end):
//     c[r · b.n + j] = the chain over i in [begin, end) of a(r, i) · b(i, j),
// started from 0 where from_zero, else from what c[r · b.n + j] holds. FloatBlock is declared in
// packed_gemm_tiles.h; its a_at(r, i) and b_at(i, j) point at both. Nothing else of c is read or
// written; rows need not divide by kSumRows, nor columns by 32.
inline constexpr std::int64_t kSumRows = 4;
void multiply_block_panels(const FloatBlock& block);

}  // namespace tinytorch::kernels
