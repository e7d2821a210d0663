#pragma once
// Rung 5: the product on several cores.
// You write this part: parallel_gemm.cpp (acceleration module).
//
// Each core works out a rectangle of c of its own, so no two write to the same value and no sum is
// split: the result is bit for bit the same for every number of threads.

#include <cstdint>
#include <vector>

#include "tinytorch/kernels/gemm/packed_gemm.h"

namespace tinytorch::kernels {

inline constexpr std::int64_t kStripRows = 12;  // rows are dealt out in strips of so many …
inline constexpr std::int64_t kWorthAThread = 1
                                              << 20;  // … and a thread takes so many multiply-adds

// A rectangle of c.
struct GemmPart {
  std::int64_t row = 0;
  std::int64_t rows = 0;
  Columns columns;
};

// Task: The rectangles that `threads` threads take of c[m, n], whose values take k steps each.
//   - units: strips of kStripRows rows or panels of kFloatPanel columns, whichever there are more
//     of (rows when equal); the last unit may be smaller.
//   - parts = min(threads, units, max(1, ⌊m · n · k / kWorthAThread⌋))
//   - part p takes units [⌊p · units / parts⌋, ⌊(p + 1) · units / parts⌋), and all of the other
//   side.
// Nothing (m or n is 0) is no parts. A given line refuses negative sizes, fewer than one thread,
// and products too large to be counted in 64 bits.
std::vector<GemmPart> plan_parts(std::int64_t m, std::int64_t n, std::int64_t k, int threads);

// Task: c[m, n] = a[m, k] · b, or c += …: gemm_columns() for every part of
// plan_parts(m, b.n, b.k, num_threads()), by parallel_for (core/threads.h). A part's a and c begin
// at its first row: a.data + row · a.row_stride, c + row · b.n. kernels::gemm ends up here.
void gemm_parallel(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                   bool accumulate);

}  // namespace tinytorch::kernels
