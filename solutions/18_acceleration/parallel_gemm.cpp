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
  // BEGIN SOLUTION 18.6
  if (m == 0 || n == 0) return {};
  const std::int64_t strips = (m + kStripRows - 1) / kStripRows;
  const std::int64_t panels = (n + kFloatPanel - 1) / kFloatPanel;
  const bool by_rows = strips >= panels;
  const std::int64_t units = by_rows ? strips : panels;
  const std::int64_t worth = std::max<std::int64_t>(m * n * k / kWorthAThread, 1);
  const std::int64_t parts = std::min({std::int64_t{threads}, units, worth});
  std::vector<GemmPart> plan;
  for (std::int64_t p = 0; p < parts; ++p) {
    const std::int64_t first = p * units / parts;
    const std::int64_t last = (p + 1) * units / parts;
    if (by_rows) {
      const std::int64_t row = first * kStripRows;
      plan.push_back({row, std::min(last * kStripRows, m) - row, {0, n}});
    } else {
      plan.push_back({0, m, {first * kFloatPanel, std::min(last * kFloatPanel, n)}});
    }
  }
  return plan;
  // END SOLUTION 18.6
}

void gemm_parallel(const StridedFloats& a, std::int64_t m, const PackedFloats& b, float* c,
                   bool accumulate) {
  // parallel_for(number of parts, …), and in its body gemm_columns for one of them.
  // Try it by hand first: part {48, 52, …} begins at a.data + 48 · a.row_stride and c + 48 · b.n.
  // BEGIN SOLUTION 18.6
  const std::vector<GemmPart> plan = plan_parts(m, b.n, b.k, num_threads());
  parallel_for(static_cast<std::int64_t>(plan.size()), [&](std::int64_t p) {
    const GemmPart& part = plan[static_cast<std::size_t>(p)];
    const StridedFloats rows{a.data + part.row * a.row_stride, a.row_stride, a.column_stride};
    gemm_columns(rows, part.rows, b, part.columns, c + part.row * b.n, accumulate);
  });
  // END SOLUTION 18.6
}

}  // namespace tinytorch::kernels
