// Part 1 of module 18: the same product, walked in a better order.
#include "tinytorch/kernels/acceleration/gemm_ladder.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/require.h"
#include "tinytorch/kernels/acceleration/require.h"

namespace tinytorch::kernels {

// TASK 18.1
void gemm_scalar(std::span<const float> a, std::span<const float> b, std::span<float> c,
                 std::int64_t m, std::int64_t n, std::int64_t k) {
  require_product("gemm_scalar", a.size(), b.size(), c.size(), m, n, k);
  // Three loops, i, j, p, and one sum that std::fma carries from p to p.
  // Try it by hand first: {1, 2, 3, 4} · {5, 6, 7, 8}, all [2, 2] → {19, 22, 43, 50}.
  // BEGIN SOLUTION 18.1
  if (c.empty()) return;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      float sum = 0.0f;
      for (std::int64_t p = 0; p < k; ++p) {
        sum = std::fma(a[static_cast<std::size_t>(i * k + p)],
                       b[static_cast<std::size_t>(p * n + j)], sum);
      }
      c[static_cast<std::size_t>(i * n + j)] = sum;
    }
  }
  // END SOLUTION 18.1
}

// TASK 18.2
void gemm_blocked(std::span<const float> a, std::span<const float> b, std::span<float> c,
                  std::int64_t m, std::int64_t n, std::int64_t k) {
  require_product("gemm_blocked", a.size(), b.size(), c.size(), m, n, k);
  // Clear c. Two outer loops step through k by kBlockDepth and through n by
  // kBlockColumns; inside them all rows i, the block's steps p, and innermost the block's columns
  // j:
  //     c[i, j] = fma(a[i, p], b[p, j], c[i, j])
  // Give the innermost loop plain pointers to its row of b and its row of c.
  // Try it by hand first: {1, 2} · {3, 4}, [1, 2] · [2, 1]: c is 0, then 3, then 11.
  // BEGIN SOLUTION 18.2
  if (c.empty()) return;
  std::fill(c.begin(), c.end(), 0.0f);
  for (std::int64_t first = 0; first < k; first += kBlockDepth) {
    const std::int64_t last = std::min(first + kBlockDepth, k);
    for (std::int64_t left = 0; left < n; left += kBlockColumns) {
      const std::int64_t width = std::min(kBlockColumns, n - left);
      for (std::int64_t i = 0; i < m; ++i) {
        float* to = c.data() + i * n + left;
        for (std::int64_t p = first; p < last; ++p) {
          const float x = a[static_cast<std::size_t>(i * k + p)];
          const float* row = b.data() + p * n + left;
          for (std::int64_t j = 0; j < width; ++j) to[j] = std::fma(x, row[j], to[j]);
        }
      }
    }
  }
  // END SOLUTION 18.2
}

// TASK 18.3
void pack_panel(const StridedFloats& b, std::int64_t k, std::int64_t width, float* panel) {
  require_between("pack_panel", "columns of a panel", width, 1, kFloatPanel);
  require_at_least("pack_panel", "rows of a panel", k, 0);
  // Row by row of b: `width` values, b.column_stride apart, then zeros up to 32. The next row of b
  // is b.row_stride further, the next row of the panel 32.
  // Try it by hand first: b = {1, 2, 3, 4} as [2, 2], width 2: panel[0] = 1, panel[1] = 2,
  // panel[32] = 3, panel[33] = 4.
  // BEGIN SOLUTION 18.3
  for (std::int64_t i = 0; i < k; ++i) {
    const float* from = b.data + i * b.row_stride;
    float* to = panel + i * kFloatPanel;
    if (b.column_stride == 1) {
      std::copy_n(from, width, to);
    } else {
      for (std::int64_t j = 0; j < width; ++j) to[j] = from[j * b.column_stride];
    }
    std::fill(to + width, to + kFloatPanel, 0.0f);
  }
  // END SOLUTION 18.3
}

// BEGIN SOLUTION 18.3 helper
namespace {

// The height is a constant, so that the compiler can keep `sums` in registers.
template <std::int64_t kHeight>
void multiply_panel(const FloatBlock& block, std::int64_t row, std::int64_t column) {
  const std::int64_t width = std::min(kFloatPanel, block.columns.end - column);
  float* c = block.c + row * block.b.n + column;
  float sums[kHeight][kFloatPanel] = {};
  for (std::int64_t r = 0; r < kHeight && !block.from_zero; ++r) {
    std::copy_n(c + r * block.b.n, width, sums[r]);
  }
  for (std::int64_t i = block.begin; i < block.end; ++i) {
    const float* b = block.b_at(i, column);
    for (std::int64_t r = 0; r < kHeight; ++r) {
      const float x = *block.a_at(row + r, i);
      for (std::int64_t j = 0; j < kFloatPanel; ++j) sums[r][j] = std::fma(x, b[j], sums[r][j]);
    }
  }
  for (std::int64_t r = 0; r < kHeight; ++r) std::copy_n(sums[r], width, c + r * block.b.n);
}

}  // namespace
// END SOLUTION 18.3

void multiply_block_panels(const FloatBlock& block) {
  // A helper, multiply_panel, for a few rows and one panel: fetch what c holds unless from_zero,
  // walk i from begin to end with the sums in a local array, put back the columns that exist. A
  // template over the number of rows (kSumRows, and 1 for what is left) lets the compiler hold the
  // array in registers.
  // Try it by hand first: 6 rows, 40 columns: for either panel one call of 4 rows, two of 1.
  // BEGIN SOLUTION 18.3
  for (std::int64_t column = block.columns.begin; column < block.columns.end;
       column += kFloatPanel) {
    std::int64_t row = 0;
    for (; row + kSumRows <= block.rows; row += kSumRows) {
      multiply_panel<kSumRows>(block, row, column);
    }
    for (; row < block.rows; ++row) multiply_panel<1>(block, row, column);
  }
  // END SOLUTION 18.3
}

}  // namespace tinytorch::kernels
