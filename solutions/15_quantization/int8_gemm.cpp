// The same sums, in the order the machine likes. The contract is
// tinytorch/quantization/int8/int8_gemm.h.
#include "tinytorch/quantization/int8/int8_gemm.h"

#include <algorithm>
#include <cstring>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/int8/layer_guards.h"
// BEGIN SOLUTION 15.14 helper
#include "tinytorch/core/engine_form.h"
#include "tinytorch/quantization/int8/detail/pack_groups.h"
// END SOLUTION 15.14

namespace tinytorch::quantization {

// TASK 15.14
PackedWeights pack_weights(std::span<const std::int8_t> weight, std::int64_t out, std::int64_t in) {
  require_weight_matrix("pack_weights", weight.size(), out, in);
  // Start from zeros, so that the edges are right without a special case. Then send every weight to
  // its place (output o is row o % 16 of panel o / 16, input k is lane k % 4 of group k / 4) and
  // add it to the sum of its row.
  // Try it by hand first: with in = 4, weight[1, 2] lands at index 1 · 4 + 2 = 6.
  // BEGIN SOLUTION 15.14
  ENGINE_FORM(return detail::pack_groups(weight, out, in);)
  PackedWeights packed;
  packed.out = out;
  packed.in = in;
  const std::int64_t groups = packed.groups();
  packed.codes.resize(static_cast<std::size_t>(packed.panels() * groups * kPanel * kGroup));
  packed.sums.resize(static_cast<std::size_t>(out));
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t k = 0; k < in; ++k) {
      const std::int8_t w = weight[static_cast<std::size_t>(o * in + k)];
      const std::int64_t group = (o / kPanel) * groups + k / kGroup;
      const std::int64_t place = (group * kPanel + o % kPanel) * kGroup + k % kGroup;
      packed.codes[static_cast<std::size_t>(place)] = w;
      packed.sums[static_cast<std::size_t>(o)] += w;
    }
  }
  return packed;
  // END SOLUTION 15.14
}

namespace {

constexpr std::int64_t kRows = 4;  // rows of x that share each weight loaded

// Of four rows and the sixteen outputs of a panel.
struct Sums {
  std::int32_t of[kRows][kPanel] = {};
};

// BEGIN SOLUTION 15.15 helper
// Σ_k rows[r][k] · weight[o, k] for the sixteen outputs of one panel. Told not to unroll, g++ makes
// a loop over sixteen outputs one vector operation.
Sums multiply_panel(const std::int8_t* const (&rows)[kRows], std::int64_t in,
                    const std::int8_t* panel) {
  Sums sums;
  for (std::int64_t k = 0; k < in; k += kGroup, panel += kPanel * kGroup) {
    std::uint32_t quads[kPanel];  // the four codes of each output, the first of them lowest
    std::memcpy(quads, panel, sizeof quads);
    for (std::int64_t i = 0; i < std::min(kGroup, in - k); ++i) {
      std::int32_t w[kPanel];
#pragma GCC unroll 1
      for (std::int64_t o = 0; o < kPanel; ++o) {
        w[o] = static_cast<std::int32_t>(quads[o] << (24 - 8 * i)) >> 24;  // sign included
      }
      for (std::int64_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 1
        for (std::int64_t o = 0; o < kPanel; ++o) sums.of[r][o] += rows[r][k + i] * w[o];
      }
    }
  }
  return sums;
}
// END SOLUTION 15.15

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
  // BEGIN SOLUTION 15.15
  const std::int64_t count = static_cast<std::int64_t>(x.size()) / weight.in;
  for (std::int64_t p = 0; p < weight.panels(); ++p) {
    const std::int8_t* panel = weight.codes.data() + p * weight.groups() * kPanel * kGroup;
    for (std::int64_t first = 0; first < count; first += kRows) {
      const std::int8_t* rows[kRows];  // beyond the last row, that one again
      for (std::int64_t r = 0; r < kRows; ++r) {
        rows[r] = x.data() + std::min(first + r, count - 1) * weight.in;
      }
      const Sums sums = multiply_panel(rows, weight.in, panel);
      for (std::int64_t r = 0; r < std::min(kRows, count - first); ++r) {
        for (std::int64_t o = p * kPanel; o < std::min((p + 1) * kPanel, weight.out); ++o) {
          acc.data()[(first + r) * weight.out + o] = bias.data()[o] + sums.of[r][o % kPanel];
        }
      }
    }
  }
  // END SOLUTION 15.15
}

}  // namespace tinytorch::quantization
