// Part 7 of module 18: the other rungs in int8.
#include "tinytorch/quantization/int8/int8_ladder.h"

#include <algorithm>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/quantization/int8/int8_lane_tile.h"

namespace tinytorch::quantization {
namespace {

// Given: rows of x, or the Error of the header unless x is [rows, in], the weight [out, in], bias
// [out] and acc [rows, out].
[[maybe_unused]] std::int64_t require_fit(const char* who, std::int64_t out, std::int64_t in,
                                          std::span<const std::int8_t> x, std::size_t weight,
                                          std::span<const std::int32_t> bias,
                                          std::span<const std::int32_t> acc) {
  const auto is = [](std::size_t size, std::int64_t rows, std::int64_t columns) {
    return checked_product({rows, columns}) == static_cast<std::int64_t>(size);
  };
  const std::int64_t n = in < 1 ? 0 : std::ssize(x) / in;
  const bool fits = in >= 1 && out >= 1 && is(x.size(), n, in) && is(weight, out, in) &&
                    is(bias.size(), out, 1) && is(acc.size(), n, out);
  if (fits) return n;
  throw Error(concat(who, ": x of ", x.size(), ", weight of ", weight, ", bias of ", bias.size(),
                     " and acc of ", acc.size(), " elements do not fit together"));
}

}  // namespace

// TASK 18.10
void int8_gemm_blocked(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                       std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  // out is bias.size(), in is what is left of weight.size(): mind a bias of none. Then
  // require_fit("int8_gemm_blocked", …), which returns n. A helper template over the number of
  // rows and outputs, 16 sums in a local array, k outermost inside it. Call it with <4, 4> where
  // there are so many, <1, 4> for the rows that are left, <1, 1> for the outputs that are left.
  // Try it by hand first: x = {1, 2}, weight = {3, 4, 5, 6}, bias = {10, 20} → {21, 37}.
  throw tinytorch::not_implemented("18.10");
}

// TASK 18.11
WideRows widen(std::span<const std::int8_t> codes, std::int64_t in) {
  // The first of two functions. Refuse what does not divide into rows. Zeros of the padded size
  // first, then row by row.
  // Try it by hand first: {1, -2, 3, 4} in rows of 2: stride 32, codes[1] = -2, codes[32] = 3.
  throw tinytorch::not_implemented("18.11");
}

void int8_gemm_wide(std::span<const std::int8_t> x, const WideRows& weight,
                    std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  // require_fit() wants the number of codes without the zeros: weight.rows · weight.in. The helper
  // is rung 2's with one row, int16 in place of int8, and weight.stride steps.
  throw tinytorch::not_implemented("18.11");
}

// TASK 18.12
std::vector<RowRange> plan_rows(std::int64_t rows, std::int64_t out, std::int64_t in, int threads) {
  // The first of two functions; the second needs your tile of 18.5. Refuse what has no answer, and
  // with checked_product() what an int64 does not count. Strips rounded up; then how many parts;
  // then cut. The last part ends at `rows`.
  // Try it by hand first: 100 rows, 512 x 512, 2 threads: 9 strips, 26,214,400 products are worth
  // 6 parts, so 2: rows 0 to 47 and 48 to 99.
  throw tinytorch::not_implemented("18.12");
}

void int8_gemm_parallel(std::span<const std::int8_t> x, const PackedWeights& weight,
                        std::span<const std::int32_t> bias, std::span<std::int32_t> acc) {
  // require_fit() with weight.out · weight.in codes. Then parallel_for() over the parts, and in its
  // body int8_gemm_lanes() on the part's stretch of x, x.subspan(begin · in, count · in), and the
  // same of acc.
  throw tinytorch::not_implemented("18.12");
}

}  // namespace tinytorch::quantization
