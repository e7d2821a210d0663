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
  // BEGIN SOLUTION 15.14
  const auto count = static_cast<std::int64_t>(weight.size());
  // Divided, because out · in may overflow.
  if (out <= 0 || in <= 0 || count % out != 0 || count / out != in) {
    throw Error(concat("pack_weights: ", weight.size(), " weights are not ", out, " x ", in));
  }
  PackedWeights packed;
  packed.out = out;
  packed.in = in;
  packed.codes.resize(
      static_cast<std::size_t>(packed.panels() * packed.groups() * kPanel * kGroup));
  packed.sums.resize(static_cast<std::size_t>(out));
  const std::int64_t groups = packed.groups();
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int8_t* row = weight.data() + o * in;
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < in; ++k) sum += row[k];
    packed.sums[static_cast<std::size_t>(o)] = sum;
  }
  // Group by group, the rows of a panel inside: what is written lies one after the other, which
  // counts, since training packs at every step.
  for (std::int64_t o = 0; o < out; o += kPanel) {
    const std::int64_t rows = std::min(out - o, kPanel);
    for (std::int64_t k = 0; k < in; k += kGroup) {
      const std::int64_t group = (o / kPanel) * groups + k / kGroup;
      std::int8_t* place = packed.codes.data() + group * kPanel * kGroup;
      const std::int8_t* from = weight.data() + o * in + k;
      if (rows == kPanel && in - k >= kGroup) {
        for (std::int64_t r = 0; r < kPanel; ++r) {
          std::memcpy(place + r * kGroup, from + r * in, kGroup);  // of constant size: one move
        }
      } else {
        for (std::int64_t r = 0; r < rows; ++r) {
          std::copy_n(from + r * in, std::min(in - k, kGroup), place + r * kGroup);
        }
      }
    }
  }
  return packed;
  // END SOLUTION 15.14
}

// BEGIN SOLUTION 15.15 helper
namespace {

constexpr std::int64_t kRows = 4;  // rows of x that share each weight loaded

// Sums of kR rows of x with one panel of weights, row by row to `to`. How many rows there are is
// known when this is compiled, so that the sums stay in registers, and each weight is widened once
// for all of them. Left to itself, g++ 12 writes out the sixteen rounds before it looks for vectors
// in them.
template <std::int64_t kR>
void multiply_panel(const std::int8_t* x, std::int64_t in, const std::int8_t* panel,
                    std::int32_t (*to)[kPanel]) {
  std::int32_t sums[kR][kPanel] = {};
  const std::int64_t groups = (in + kGroup - 1) / kGroup;
  for (std::int64_t g = 0; g < groups; ++g) {
    std::uint32_t quads[kPanel];  // four codes each, the first of them lowest
    std::memcpy(quads, panel + g * kPanel * kGroup, sizeof quads);
    const std::int64_t lanes = std::min(kGroup, in - g * kGroup);
    for (std::int64_t i = 0; i < lanes; ++i) {
      std::int32_t w[kPanel];
#pragma GCC unroll 1
      for (std::int64_t o = 0; o < kPanel; ++o) {
        w[o] = static_cast<std::int32_t>(quads[o] << (24 - 8 * i)) >> 24;  // the sign comes along
      }
      for (std::int64_t r = 0; r < kR; ++r) {
        const auto a = std::int32_t{x[r * in + g * kGroup + i]};
#pragma GCC unroll 1
        for (std::int64_t o = 0; o < kPanel; ++o) sums[r][o] += a * w[o];
      }
    }
  }
  std::memcpy(to, sums, sizeof sums);
}

}  // namespace
// END SOLUTION 15.15

// TASK 15.15
void gemm_packed(std::span<const std::int8_t> x, const PackedWeights& weight,
                 std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  // Write a helper for one panel and a few rows: start from the bias, walk the groups, and keep
  // the running sums in a local array that the compiler can hold in registers. Then loop over
  // panels and blocks of rows, and store only the outputs and rows that exist.
  // BEGIN SOLUTION 15.15
  const auto rows = static_cast<std::int64_t>(x.size()) / std::max<std::int64_t>(weight.in, 1);
  if (weight.in <= 0 || static_cast<std::int64_t>(x.size()) != rows * weight.in ||
      static_cast<std::int64_t>(bias.size()) != weight.out ||
      static_cast<std::int64_t>(acc.size()) != rows * weight.out) {
    throw Error(concat("gemm_packed: x of ", x.size(), ", weight ", weight.out, " x ", weight.in,
                       ", bias of ", bias.size(), " and acc of ", acc.size(),
                       " elements do not fit together"));
  }
  const std::int64_t panel_size = weight.groups() * kPanel * kGroup;
  for (std::int64_t p = 0; p < weight.panels(); ++p) {
    const std::int8_t* panel = weight.codes.data() + p * panel_size;
    const std::int64_t width = std::min(kPanel, weight.out - p * kPanel);
    for (std::int64_t row = 0; row < rows; row += kRows) {
      const std::int64_t height = std::min(kRows, rows - row);
      std::int32_t sums[kRows][kPanel] = {};
      const std::int8_t* from = x.data() + row * weight.in;
      if (height == kRows) {
        multiply_panel<kRows>(from, weight.in, panel, sums);
      } else {
        for (std::int64_t r = 0; r < height; ++r) {
          multiply_panel<1>(from + r * weight.in, weight.in, panel, sums + r);
        }
      }
      for (std::int64_t r = 0; r < height; ++r) {
        for (std::int64_t o = 0; o < width; ++o) {
          const std::int64_t output = p * kPanel + o;
          acc[static_cast<std::size_t>((row + r) * weight.out + output)] =
              bias[static_cast<std::size_t>(output)] + sums[r][o];
        }
      }
    }
  }
  // END SOLUTION 15.15
}

}  // namespace tinytorch::quantization
