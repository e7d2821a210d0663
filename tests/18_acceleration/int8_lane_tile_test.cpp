// Learner tests of part 3: the tile in int8.
#include "tinytorch/quantization/int8/int8_lane_tile.h"

#include <gtest/gtest.h>

#include "tests/18_acceleration/int8_support.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_same;
using Bytes = std::vector<std::uint8_t>;

Sums run(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in, const Sums& bias) {
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / in;
  Sums acc(static_cast<std::size_t>(rows * out), 99);
  int8_gemm_lanes(x, packed_by_hand(weight, out, in), bias, acc);
  return acc;
}

// --- 18.5 the tile in int8 ---

TEST(Int8LaneTile, FlipsTheHighestBit) {
  const UnsignedRows rows = to_unsigned(Codes{-128, -1, 0, 127}, 4);
  expect_same<std::uint8_t>(
      "to_unsigned({-128, -1, 0, 127})", rows.bytes, {0, 127, 128, 255},
      {{{128, 255, 0, 127}, "The bytes are unchanged: dot4 reads −1 as 255. Add 128."},
       {{0, 0, 0, 127}, "Negative codes were cut off at 0."},
       {{0, 127, 128, 127}, "127 + 128 is 255, which fits a byte."}});
}

TEST(Int8LaneTile, PadsEveryRowToWholeGroups) {
  const UnsignedRows rows = to_unsigned(Codes{1, 2, 3, 4, 5, 6}, 3);
  expect_same<std::int64_t>(
      "rows and stride", std::vector<std::int64_t>{rows.rows, rows.stride}, {2, 4},
      {{{2, 3}, "A row of 3 takes a whole group of 4: dot4 reads four bytes."}});
  expect_same<std::uint8_t>("bytes", rows.bytes, {129, 130, 131, 0, 132, 133, 134, 0},
                            {{{129, 130, 131, 132, 133, 134, 0, 0},
                              "The second row begins at its stride, not right after the first."}});
}

TEST(Int8LaneTile, ByHand) {
  // 1·5 + 2·6 + (−3)·7 + 4·8 = 28
  expect_same<std::int32_t>(
      "one row, one output", run({1, 2, -3, 4}, {5, 6, 7, 8}, 1, 4, {100}), {128},
      {{{28}, "The bias is missing."},
       {{128 + 128 * 26}, "128 · Σw is still in the sum: take it off the bias."},
       {{128 + 2 * 128 * 26}, "128 · Σw goes off the bias, not onto it."},
       {{128 - 128 * 26}, "128 · Σw was taken off, but x was not made unsigned."},
       {{128 + 256 * 7}, "−3 was read as the byte 253: to_unsigned first."}});
}

TEST(Int8LaneTile, ExtremesDoNotSaturate) {
  // 255 · 127 twice is 64,770: more than an int16 holds.
  const Codes x(8, 127), weight(8, 127);
  expect_same<std::int32_t>("127 · 127, eight times", run(x, weight, 1, 8, {0}), {8 * 127 * 127});
  const Codes low(8, -128);
  expect_same<std::int32_t>("−128 · −128, eight times", run(low, low, 1, 8, {0}), {8 * 128 * 128});
}

TEST(Int8LaneTile, EveryOutputHasItsOwnBiasAndWeights) {
  Codes weight;
  Sums bias, expected, first_bias;
  for (std::int32_t o = 0; o < 40; ++o) {
    for (int k = 0; k < 4; ++k) weight.push_back(static_cast<std::int8_t>(o));
    bias.push_back(1000 * o);
    expected.push_back(1000 * o + 10 * o);
    first_bias.push_back(10 * o - 0);
  }
  expect_same<std::int32_t>("40 outputs of weights o and bias 1000 · o",
                            run({1, 2, 3, 4}, weight, 40, 4, bias), expected,
                            {{first_bias, "The bias is missing, or is output 0's for all."}});
}

TEST(Int8LaneTile, EveryShapeIsThePlainLoop) {
  for (const std::int64_t rows : {1, 2, 3, 4, 6, 7, 12, 13}) {
    for (const std::int64_t out : {1, 15, 16, 17, 33, 64, 150}) {
      for (const std::int64_t in : {1, 3, 4, 5, 19}) {
        const Codes x = codes(rows * in, 1), weight = codes(out * in, 2);
        const Sums bias = biases(out);
        const Sums expected = plain(x, weight, out, in, bias);
        expect_same<std::int32_t>(
            "acc of " + std::to_string(rows) + " x " + std::to_string(in) + " · [" +
                std::to_string(out) + ", " + std::to_string(in) + "]",
            run(x, weight, out, in, bias), expected,
            {{Sums(expected.size(), 99), "Nothing was written to acc."}}, row_and_output(out));
        if (HasFailure()) return;
      }
    }
  }
}

// The engine's own products, one by one and with requantization, made by the tile.
TEST(Int8LaneTile, TheEngineHasItAsLaneTile) {
  const Codes x = codes(7 * 19, 1), weight = codes(33 * 19, 2);
  const PackedWeights packed = packed_by_hand(weight, 33, 19);
  const Sums bias(33, 5);
  const Sums expected = plain(x, weight, 33, 19, bias);
  expect_same<std::int32_t>("int8_gemm_lanes", run(x, weight, 33, 19, bias), expected);
  Sums acc(expected.size());
  int8_gemm(x, packed, bias, acc, isa_named("lane_tile"));
  expect_same<std::int32_t>("int8_gemm(…, Isa::kLaneTile)", acc, expected);
  const std::vector<float> multipliers(33, 0.001f);
  Codes got(expected.size()), wanted(expected.size());
  int8_gemm_requantized(x, packed, bias, {multipliers, 3, {-128, 127}}, got, Isa::kLaneTile);
  requantize(expected, multipliers, 3, {-128, 127}, wanted);
  expect_same<std::int8_t>("int8_gemm_requantized(…, Isa::kLaneTile)", got, wanted);
}

}  // namespace
}  // namespace tinytorch::quantization
