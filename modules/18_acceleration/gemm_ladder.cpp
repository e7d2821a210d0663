// Part 1 of module 18: the same product, walked in a better order.
#include "tinytorch/kernels/acceleration/gemm_ladder.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"

namespace tinytorch::kernels {
namespace {

// Given: throws the header's Error unless the spans have the sizes.
[[maybe_unused]] void require_fit(const char* who, std::size_t a, std::size_t b, std::size_t c,
                                  std::int64_t m, std::int64_t n, std::int64_t k) {
  const auto holds = [](std::size_t size, std::int64_t rows, std::int64_t columns) {
    return rows >= 0 && columns >= 0 &&
           checked_product({rows, columns}) == static_cast<std::int64_t>(size);
  };
  if (holds(a, m, k) && holds(b, k, n) && holds(c, m, n)) return;
  throw Error(concat(who, ": a of ", a, ", b of ", b, " and c of ", c, " values are not [", m, ", ",
                     k, "] · [", k, ", ", n, "] = [", m, ", ", n, "]"));
}

}  // namespace

// TASK 18.1
void gemm_scalar(std::span<const float> a, std::span<const float> b, std::span<float> c,
                 std::int64_t m, std::int64_t n, std::int64_t k) {
  // require_fit("gemm_scalar", …) first. Then three loops, i, j, p, and one sum that std::fma
  // carries from p to p.
  //   {1, 2, 3, 4} · {5, 6, 7, 8}, all [2, 2] → {19, 22, 43, 50}.
  throw tinytorch::not_implemented("18.1");
}

// TASK 18.2
void gemm_blocked(std::span<const float> a, std::span<const float> b, std::span<float> c,
                  std::int64_t m, std::int64_t n, std::int64_t k) {
  // require_fit() first. Clear c. Two outer loops step through k by kBlockDepth and through n by
  // kBlockColumns; inside them all rows i, the block's steps p, and innermost the block's columns
  // j:
  //     c[i, j] = fma(a[i, p], b[p, j], c[i, j])
  // Give the innermost loop plain pointers to its row of b and its row of c.
  throw tinytorch::not_implemented("18.2");
}

// TASK 18.3
void pack_panel(const StridedFloats& b, std::int64_t k, std::int64_t width, float* panel) {
  // Row by row of b: `width` values, b.column_stride apart, then zeros up to 32. The next row of b
  // is b.row_stride further, the next row of the panel 32.
  //   b = {1, 2, 3, 4} as [2, 2], width 2: panel[0] = 1, panel[1] = 2, panel[32] = 3, panel[33]
  //   = 4.
  throw tinytorch::not_implemented("18.3");
}

void multiply_block_panels(const FloatBlock& block) {
  // A helper for a few rows and one panel: fetch what c holds unless from_zero, walk i from begin
  // to end with the sums in a local array, put back the columns that exist. A template over the
  // number of rows (kSumRows, and 1 for what is left) lets the compiler hold the array in
  // registers.
  throw tinytorch::not_implemented("18.3");
}

}  // namespace tinytorch::kernels
