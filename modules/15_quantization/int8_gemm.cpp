// The same sums, in the order the machine likes. The contract is
// tinytorch/quantization/int8/int8_gemm.h.
#include "tinytorch/quantization/int8/int8_gemm.h"

#include <algorithm>
#include <cstring>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/int8/layer_guards.h"

namespace tinytorch::quantization {

// TASK 15.14
PackedWeights pack_weights(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in) {
  require_weight_matrix("pack_weights", weight.size(), out, in);
  // Start from zeros, so that the edges are right without a special case. Then send every weight to
  // its place (output o is row o % 16 of panel o / 16, input k is lane k % 4 of group k / 4) and
  // add it to the sum of its row.
  // Try it by hand first: with in = 4, weight[1, 2] lands at index 1 · 4 + 2 = 6.
  throw tinytorch::not_implemented("15.14");
}

namespace {

constexpr std::int64_t kRows = 4;  // rows of x that share each weight loaded

// Of four rows and the sixteen outputs of a panel.
struct Sums {
  std::int32_t of[kRows][kPanel] = {};
};

}  // namespace

// TASK 15.15
void gemm_packed(std::span<const std::int8_t> x, const PackedWeights& weight,
                 std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  require_count("gemm_packed", "biases", bias.size(), static_cast<std::size_t>(weight.out));
  require_linear_sizes("gemm_packed", x.size(), static_cast<std::size_t>(weight.out * weight.in),
                       bias.size(), acc.size());
  // Write a helper that returns the Sums of one panel and four rows. Then loop over panels and
  // blocks of rows; of the last ones, read and store only what exists.
  // Try it by hand first: x (1, 2) and (3, 4), weight (1, 1), bias 100 → 103 and 107.
  throw tinytorch::not_implemented("15.15");
}

}  // namespace tinytorch::quantization
