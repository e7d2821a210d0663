// Part 7 of module 18: the other rungs in int8.
#include "tinytorch/quantization/int8/int8_ladder.h"

#include <algorithm>

#include "tinytorch/core/require.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/require.h"
#include "tinytorch/quantization/int8/int8_guards.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"

namespace tinytorch::quantization {
// BEGIN SOLUTION 18.10 helper
namespace {

// Both heights are constants, so that the compiler keeps every sum in a register of its own.
template <std::int64_t kRows, std::int64_t kOutputs>
void multiply_square(const std::int8_t* x, const std::int8_t* weight, std::int64_t in,
                     const std::int32_t* bias, std::int32_t* acc, std::int64_t out) {
  std::int32_t sums[kRows][kOutputs] = {};
  for (std::int64_t k = 0; k < in; ++k) {
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (std::int64_t o = 0; o < kOutputs; ++o) {
        sums[r][o] += std::int32_t{x[r * in + k]} * std::int32_t{weight[o * in + k]};
      }
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t o = 0; o < kOutputs; ++o) acc[r * out + o] = bias[o] + sums[r][o];
  }
}

}  // namespace
// END SOLUTION 18.10

// TASK 18.10
void int8_gemm_blocked(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                       std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  const auto out = static_cast<std::int64_t>(bias.size());
  const std::int64_t in = out == 0 ? 0 : static_cast<std::int64_t>(weight.size()) / out;
  require_int8_product("int8_gemm_blocked", out, in,
                       {x.size(), weight.size(), bias.size(), acc.size()});
  // A helper template over the number of rows and outputs, 16 sums in a local array, k outermost
  // inside it. Call it with <4, 4> where there are so many, <1, 4> for the rows that are left, and
  // <1, 1> for the outputs that are left.
  // Try it by hand first: x = {1, 2}, weight = {3, 4, 5, 6}, bias = {10, 20} → {21, 37}.
  // BEGIN SOLUTION 18.10
  const std::int64_t rows = std::ssize(x) / in;
  std::int64_t o = 0;
  for (; o + kSquare <= out; o += kSquare) {
    const std::int8_t* w = weight.data() + o * in;
    std::int64_t n = 0;
    for (; n + kSquare <= rows; n += kSquare) {
      multiply_square<kSquare, kSquare>(x.data() + n * in, w, in, bias.data() + o,
                                        acc.data() + n * out + o, out);
    }
    for (; n < rows; ++n) {
      multiply_square<1, kSquare>(x.data() + n * in, w, in, bias.data() + o,
                                  acc.data() + n * out + o, out);
    }
  }
  for (; o < out; ++o) {
    for (std::int64_t n = 0; n < rows; ++n) {
      multiply_square<1, 1>(x.data() + n * in, weight.data() + o * in, in, bias.data() + o,
                            acc.data() + n * out + o, out);
    }
  }
  // END SOLUTION 18.10
}

// TASK 18.11
WideRows widen(std::span<const std::int8_t> codes, std::int64_t in) {
  require_whole_code_rows("widen", codes.size(), in);
  // The first of two functions. Zeros of the padded size first, then row by row.
  // Try it by hand first: {1, -2, 3, 4} in rows of 2: stride 32, codes[1] = -2, codes[32] = 3.
  // BEGIN SOLUTION 18.11
  WideRows wide;
  wide.in = in;
  wide.rows = static_cast<std::int64_t>(codes.size()) / in;
  wide.stride = (in + kWideStep - 1) / kWideStep * kWideStep;
  wide.codes.resize(static_cast<std::size_t>(wide.rows * wide.stride));
  for (std::int64_t r = 0; r < wide.rows; ++r) {
    std::copy_n(codes.data() + r * in, in, wide.codes.data() + r * wide.stride);
  }
  return wide;
  // END SOLUTION 18.11
}

// BEGIN SOLUTION 18.11 helper
namespace {

template <std::int64_t kOutputs>
void multiply_wide(const std::int16_t* x, const std::int16_t* weight, std::int64_t stride,
                   const std::int32_t* bias, std::int32_t* acc) {
  std::int32_t sums[kOutputs] = {};
  for (std::int64_t k = 0; k < stride; ++k) {
    for (std::int64_t o = 0; o < kOutputs; ++o) {
      sums[o] += std::int32_t{x[k]} * std::int32_t{weight[o * stride + k]};
    }
  }
  for (std::int64_t o = 0; o < kOutputs; ++o) acc[o] = bias[o] + sums[o];
}

}  // namespace
// END SOLUTION 18.11

void int8_gemm_wide(std::span<const std::int8_t> x, const WideRows& weight,
                    std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  const auto codes = static_cast<std::size_t>(weight.rows * weight.in);
  require_int8_product("int8_gemm_wide", weight.rows, weight.in,
                       {x.size(), codes, bias.size(), acc.size()});
  // The helper is rung 2's with one row, int16 in place of int8, and weight.stride steps.
  // Try it by hand first: x = {1, 2}, weight = {3, 4, 5, 6}, bias = {10, 20} → {21, 37}.
  // BEGIN SOLUTION 18.11
  const std::int64_t rows = std::ssize(x) / weight.in;
  const std::int64_t out = weight.rows, stride = weight.stride;
  const WideRows input = widen(x, weight.in);
  std::int64_t o = 0;
  for (; o + kSquare <= out; o += kSquare) {
    for (std::int64_t n = 0; n < rows; ++n) {
      multiply_wide<kSquare>(input.codes.data() + n * stride, weight.codes.data() + o * stride,
                             stride, bias.data() + o, acc.data() + n * out + o);
    }
  }
  for (; o < out; ++o) {
    for (std::int64_t n = 0; n < rows; ++n) {
      multiply_wide<1>(input.codes.data() + n * stride, weight.codes.data() + o * stride, stride,
                       bias.data() + o, acc.data() + n * out + o);
    }
  }
  // END SOLUTION 18.11
}

// TASK 18.12
std::vector<RowRange> plan_rows(std::int64_t rows, std::int64_t out, std::int64_t in, int threads) {
  require_at_least("plan_rows", "outputs", out, 0);
  kernels::require_plan_sizes("plan_rows", rows, std::max<std::int64_t>(out, 1), in, threads,
                              kInt8StripRows);
  // The first of two functions; the second needs your tile of 18.5. Strips rounded up; then how
  // many parts; then cut. The last part ends at `rows`.
  // Try it by hand first: 100 rows, 512 x 512, 2 threads: 9 strips, 26,214,400 products are worth
  // 6 parts, so 2: rows 0 to 47 and 48 to 99.
  // BEGIN SOLUTION 18.12
  if (rows == 0) return {};
  const std::int64_t strips = (rows + kInt8StripRows - 1) / kInt8StripRows;
  const std::int64_t worth = std::max<std::int64_t>(rows * out * in / kInt8WorthAThread, 1);
  const std::int64_t parts = std::min({std::int64_t{threads}, strips, worth});
  std::vector<RowRange> ranges;
  for (std::int64_t p = 0; p < parts; ++p) {
    const std::int64_t begin = p * strips / parts * kInt8StripRows;
    const std::int64_t end = std::min((p + 1) * strips / parts * kInt8StripRows, rows);
    ranges.push_back({begin, end - begin});
  }
  return ranges;
  // END SOLUTION 18.12
}

void int8_gemm_parallel(std::span<const std::int8_t> x, const PackedWeights& weight,
                        std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  const auto codes = static_cast<std::size_t>(weight.out * weight.in);
  require_int8_product("int8_gemm_parallel", weight.out, weight.in,
                       {x.size(), codes, bias.size(), acc.size()});
  // parallel_for() over the parts, and in its body int8_gemm_lanes() on the part's stretch of x,
  // x.subspan(begin · in, count · in), and the same of acc.
  // Try it by hand first: rows {48, 52} of x [100, 512] are x.subspan(24,576, 26,624).
  // BEGIN SOLUTION 18.12
  const std::int64_t rows = std::ssize(x) / weight.in;
  const std::vector<RowRange> ranges = plan_rows(rows, weight.out, weight.in, num_threads());
  const auto of_rows = [](auto all, RowRange range, std::int64_t width) {
    return all.subspan(static_cast<std::size_t>(range.begin * width),
                       static_cast<std::size_t>(range.count * width));
  };
  parallel_for(static_cast<std::int64_t>(ranges.size()), [&](std::int64_t p) {
    const RowRange range = ranges[static_cast<std::size_t>(p)];
    int8_gemm_lanes(of_rows(x, range, weight.in), weight, bias, of_rows(acc, range, weight.out));
  });
  // END SOLUTION 18.12
}

}  // namespace tinytorch::quantization
