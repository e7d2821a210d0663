// Sums and maxima. The contract, and the picture of a Block, is tinytorch/kernels/reduce.h.
#include "tinytorch/kernels/reduce.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"

namespace tinytorch::kernels {

// --- 01.6 Sums ---

// Multiply up the sizes before and after `dim`.
//   shape [2, 3, 4, 5], dim 1 → outer 2, size 3, inner 20.
Block block_around(const Shape& shape, std::int64_t dim) {
  throw tinytorch::not_implemented("01.6");
}

// Add everything up in a double, and round to float at the end. In float the sum of ten million
// ones stops at 16,777,216 = 2^24: from there on, adding 1 no longer changes it. One loop does it;
// kernels::accumulate (accumulate.h) is that loop in a form that fills a vector register.
float sum(std::span<const float> x) {
  throw tinytorch::not_implemented("01.6");
}

// For each outer index, add the `size` lines of `inner` values into one line of totals, in double
// as well, and round the totals into the result.
//   x = {1, 2, 3, 4, 5, 6} of shape [2, 3]:
//   dim 0 (outer 1, size 2, inner 3) → {5, 7, 9};   dim 1 (outer 2, size 3, inner 1) → {6, 15}.
// Order the loops so that the innermost one runs over neighbours in memory. Where inner is 1 each
// result is a plain sum of one line.
void sum_dim(std::span<const float> x, const Block& block, std::span<float> out) {
  throw tinytorch::not_implemented("01.6");
}

// --- 01.7 Maxima ---

// Keep the best value and its place for each (o, i); take over a new one only when it is really
// larger, so that the first of equals wins. A NaN wins over every number and stays.
//   x = {1, 7, 7} along its only dimension → value 7, index 1.
void max_dim(std::span<const float> x, const Block& block, std::span<float> out,
             std::span<std::int64_t> index) {
  throw tinytorch::not_implemented("01.7");
}

}  // namespace tinytorch::kernels
