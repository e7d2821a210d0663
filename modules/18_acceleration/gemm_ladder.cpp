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
  throw tinytorch::not_implemented("18.1");
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
  throw tinytorch::not_implemented("18.2");
}

// TASK 18.3
void pack_panel(const StridedFloats& b, std::int64_t k, std::int64_t width, float* panel) {
  require_between("pack_panel", "columns of a panel", width, 1, kFloatPanel);
  require_at_least("pack_panel", "rows of a panel", k, 0);
  // Row by row of b: `width` values, b.column_stride apart, then zeros up to 32. The next row of b
  // is b.row_stride further, the next row of the panel 32.
  // Try it by hand first: b = {1, 2, 3, 4} as [2, 2], width 2: panel[0] = 1, panel[1] = 2,
  // panel[32] = 3, panel[33] = 4.
  throw tinytorch::not_implemented("18.3");
}

void multiply_block_panels(const FloatBlock& block) {
  // A helper, multiply_panel, for a few rows and one panel: fetch what c holds unless from_zero,
  // walk i from begin to end with the sums in a local array, put back the columns that exist. A
  // template over the number of rows (kSumRows, and 1 for what is left) lets the compiler hold the
  // array in registers.
  // Try it by hand first: 6 rows, 40 columns: for either panel one call of 4 rows, two of 1.
  throw tinytorch::not_implemented("18.3");
}

}  // namespace tinytorch::kernels
