// Part 4 of module 18: rectangles of the product for several cores.
#include "tinytorch/kernels/acceleration/parallel_gemm.h"

#include <algorithm>

#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/require.h"

namespace tinytorch::kernels {

// TASK 18.6
std::vector<GemmPart> plan_parts(std::int64_t m, std::int64_t n, std::int64_t k, int threads) {
  require_plan_sizes("plan_parts", m, n, k, threads, kFloatPanel);
  // Count strips and panels (rounded up), choose the side, work out how many parts, and cut: unit u
  // begins at u · 12 rows or u · 32 columns, the last part ends at m or n.
  // Try it by hand first: 100 x 64, k large, 2 threads: 9 strips, 2 panels → rows, strips [0, 4)
  // and [4, 9), that is rows 0 to 47 and 48 to 99.
  throw tinytorch::not_implemented("18.6");
}

void gemm_parallel(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                   bool accumulate) {
  // parallel_for(number of parts, …), and in its body gemm_columns for one of them.
  // Try it by hand first: part {48, 52, …} begins at a.data + 48 · a.row_stride and c + 48 · b.n.
  throw tinytorch::not_implemented("18.6");
}

}  // namespace tinytorch::kernels
