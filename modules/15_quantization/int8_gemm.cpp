// Part 4 of module 15: the same sums, in the order the machine likes.
#include "tinytorch/quantization/int8/int8_gemm.h"

#include <algorithm>
#include <cstring>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

// TASK 15.14
PackedWeights pack_weights(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in) {
  // Start from zeros, so that the edges are right without a special case, then send every weight
  // to its place: output o is row o % 16 of panel o / 16, input k is lane k % 4 of group k / 4.
  // Try it by hand first: with in = 4, weight[1, 2] lands at index 1 · 4 + 2 = 6.
  throw tinytorch::not_implemented("15.14");
}

// TASK 15.15
void gemm_packed(std::span<const std::int8_t> x, const PackedWeights& weight,
                 std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  // Write a helper for one panel and a few rows: start from the bias, walk the groups, and keep
  // the running sums in a local array that the compiler can hold in registers. Then loop over
  // panels and blocks of rows, and store only the outputs and rows that exist.
  throw tinytorch::not_implemented("15.15");
}

}  // namespace tinytorch::quantization
