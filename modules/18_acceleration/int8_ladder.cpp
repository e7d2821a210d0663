// Part 7 of module 18: the other rungs in int8.
#include "tinytorch/quantization/int8/int8_ladder.h"

#include <algorithm>

#include "tinytorch/core/require.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/kernels/acceleration/require.h"
#include "tinytorch/quantization/int8/int8_guards.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"

namespace tinytorch::quantization {

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
  throw tinytorch::not_implemented("18.10");
}

// TASK 18.11
WideRows widen(std::span<const std::int8_t> codes, std::int64_t in) {
  require_whole_code_rows("widen", codes.size(), in);
  // The first of two functions. Zeros of the padded size first, then row by row.
  // Try it by hand first: {1, -2, 3, 4} in rows of 2: stride 32, codes[1] = -2, codes[32] = 3.
  throw tinytorch::not_implemented("18.11");
}

void int8_gemm_wide(std::span<const std::int8_t> x, const WideRows& weight,
                    std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  const auto codes = static_cast<std::size_t>(weight.rows * weight.in);
  require_int8_product("int8_gemm_wide", weight.rows, weight.in,
                       {x.size(), codes, bias.size(), acc.size()});
  // The helper is rung 2's with one row, int16 in place of int8, and weight.stride steps.
  // Try it by hand first: x = {1, 2}, weight = {3, 4, 5, 6}, bias = {10, 20} → {21, 37}.
  throw tinytorch::not_implemented("18.11");
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
  throw tinytorch::not_implemented("18.12");
}

void int8_gemm_parallel(std::span<const std::int8_t> x, const PackedWeights& weight,
                        std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  const auto codes = static_cast<std::size_t>(weight.out * weight.in);
  require_int8_product("int8_gemm_parallel", weight.out, weight.in,
                       {x.size(), codes, bias.size(), acc.size()});
  // parallel_for() over the parts, and in its body int8_gemm_lanes() on the part's stretch of x,
  // x.subspan(begin · in, count · in), and the same of acc.
  // Try it by hand first: rows {48, 52} of x [100, 512] are x.subspan(24,576, 26,624).
  throw tinytorch::not_implemented("18.12");
}

}  // namespace tinytorch::quantization
