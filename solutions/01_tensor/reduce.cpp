// Sums and maxima. The contract, and the picture of a Block, is tinytorch/kernels/reduce.h.
#include "tinytorch/kernels/reduce.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"
// BEGIN SOLUTION 01.6 helper
#include "tinytorch/core/engine_form.h"
// END SOLUTION 01.6

namespace tinytorch::kernels {

// --- 01.6 Sums ---

// Multiply up the sizes before and after `dim`.
//   shape [2, 3, 4, 5], dim 1 → outer 2, size 3, inner 20.
Block block_around(const Shape& shape, std::int64_t dim) {
  // BEGIN SOLUTION 01.6
  Block block;
  for (std::int64_t d = 0; d < shape.ndim(); ++d) {
    if (d < dim) block.outer *= shape[d];
    if (d == dim) block.size = shape[d];
    if (d > dim) block.inner *= shape[d];
  }
  return block;
  // END SOLUTION 01.6
}

// Add everything up in a double, and round to float at the end. In float the sum of ten million
// ones stops at 16,777,216 = 2^24: from there on, adding 1 no longer changes it. One loop does it;
// kernels::accumulate (accumulate.h) is that loop in a form that fills a vector register.
float sum(std::span<const float> x) {
  // BEGIN SOLUTION 01.6
  return static_cast<float>(accumulate(x.size(), [x](std::size_t i) { return x[i]; }));
  // END SOLUTION 01.6
}

// For each outer index, add the `size` lines of `inner` values into one line of totals, in double
// as well, and round the totals into the result.
//   x = {1, 2, 3, 4, 5, 6} of shape [2, 3]:
//   dim 0 (outer 1, size 2, inner 3) → {5, 7, 9};   dim 1 (outer 2, size 3, inner 1) → {6, 15}.
// Order the loops so that the innermost one runs over neighbours in memory. Where inner is 1 each
// result is a plain sum of one line.
void sum_dim(std::span<const float> x, const Block& block, std::span<float> out) {
  // BEGIN SOLUTION 01.6
  ENGINE_FORM(return sum_in_tiles(x, block, out);)
  const auto size = static_cast<std::size_t>(block.size);
  const auto inner = static_cast<std::size_t>(block.inner);
  if (inner == 1) {
    for (std::size_t o = 0; o < out.size(); ++o) out[o] = sum(x.subspan(o * size, size));
    return;
  }
  std::vector<double> totals(inner);
  for (std::size_t o = 0; o < static_cast<std::size_t>(block.outer); ++o) {
    std::fill(totals.begin(), totals.end(), 0.0);
    for (std::size_t s = 0; s < size; ++s) {
      accumulate_line(x.subspan((o * size + s) * inner, inner), totals);
    }
    for (std::size_t i = 0; i < inner; ++i) out[o * inner + i] = static_cast<float>(totals[i]);
  }
  // END SOLUTION 01.6
}

// --- 01.7 Maxima ---

// Keep the best value and its place for each (o, i); take over a new one only when it is really
// larger, so that the first of equals wins. A NaN wins over every number and stays.
//   x = {1, 7, 7} along its only dimension → value 7, index 1.
void max_dim(std::span<const float> x, const Block& block, std::span<float> out,
             std::span<std::int64_t> index) {
  // BEGIN SOLUTION 01.7
  if (block.size == 0 && !out.empty()) {
    throw Error("max: a dimension of size 0 has no largest element");
  }
  for (std::int64_t o = 0; o < block.outer; ++o) {
    for (std::int64_t i = 0; i < block.inner; ++i) {
      const float* values = x.data() + o * block.size * block.inner + i;
      std::int64_t best = 0;
      for (std::int64_t s = 1; s < block.size; ++s) {
        const float challenger = values[s * block.inner];
        const float champion = values[best * block.inner];
        if (challenger > champion || (std::isnan(challenger) && !std::isnan(champion))) best = s;
      }
      const auto at = static_cast<std::size_t>(o * block.inner + i);
      out[at] = values[best * block.inner];
      index[at] = best;
    }
  }
  // END SOLUTION 01.7
}

}  // namespace tinytorch::kernels
