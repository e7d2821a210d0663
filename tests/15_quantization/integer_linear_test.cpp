// Learner tests of integer_linear.cpp. Small enough to redo by hand.
#include "tinytorch/quantization/int8/integer_linear.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_same;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;

// --- 15.10 quantize_bias ---

TEST(QuantizeBias, CountsInStepsOfTheSum) {
  // Steps of 0.5 · 0.25 = 0.125 and 0.5 · 0.5 = 0.25.
  expect_same<std::int32_t>(
      "bias codes", quantize_bias(Floats{1.0f, -3.0f}, 0.5f, Floats{0.25f, 0.5f}), {8, -12},
      {{{2, -6}, "Only the input scale was used; a step is input_scale · weight_scales[o]."},
       {{4, -6}, "Only the weight scale was used; a step is input_scale · weight_scales[o]."},
       {{8, -24}, "Channel 1 was given channel 0's scale."},
       {{0, -1}, "Multiplied by the step; a step is what one code is worth, so divide."},
       {{1, -3}, "The biases were stored as they are; count them in steps."}});
}

TEST(QuantizeBias, NeedsMoreThanEightBits) {
  expect_same<std::int32_t>("bias codes", quantize_bias(Floats{100.0f}, 0.01f, Floats{0.01f}),
                            {1000000},
                            {{{127}, "The bias was saturated to int8: it is stored in int32."}});
}

TEST(QuantizeBias, RoundsHalfToEven) {
  expect_same<std::int32_t>(
      "bias codes", quantize_bias(Floats{0.5f, 1.5f, 2.5f, -0.5f}, 1.0f, Floats{1, 1, 1, 1}),
      {0, 2, 2, 0},
      {{{1, 2, 3, -1}, "These are the codes of rounding half away from zero."},
       {{0, 1, 2, 0}, "These are the codes of truncation; round instead."}});
}

TEST(QuantizeBias, TheStepIsOneFloat) {
  // float(0.2 · 0.02) lies a little above 0.004, and these biases near ties of it.
  expect_same<std::int32_t>(
      "bias codes",
      quantize_bias(Floats{0.09f, 0.11f, 0.07f, 0.23f}, 0.2f, Floats{0.02f, 0.02f, 0.02f, 0.02f}),
      {22, 27, 18, 58},
      {{{23, 28, 18, 58},
        "The two scales were not multiplied into one float first. The sums are worth exactly "
        "float(input_scale · weight_scales[o]) a step, so the bias must be counted in those."},
       {{22, 27, 17, 57},
        "Multiplied by the reciprocal of the step, which is itself rounded: divide."}});
}

TEST(QuantizeBias, RefusesToWrap) {
  expect_error(
      [] {
        (void)quantize_bias(Floats{0.0f, 1e3f}, 1e-4f, Floats{1.0f, 1e-4f});
      },
      "1",
      "1e3 is 1e11 steps of 1e-8, more than an int32 holds: it would wrap around. Name the "
      "channel.");
  expect_error(
      [] { (void)quantize_bias(Floats{-1.2e9f}, 1.0f, Floats{1.0f}); }, "0",
      "-1.2e9 fits in int32, but leaves the products too little room: the limit is kMaxBiasCode.");
  expect_error(
      [] {
        (void)quantize_bias(Floats{std::numeric_limits<float>::quiet_NaN()}, 1.0f, Floats{1.0f});
      },
      "nan", "NaN has no code; every comparison with it is false, so mind how you ask.");
}

// --- 15.11 fold_input_zero_point ---

TEST(FoldInputZeroPoint, SubtractsZeroPointTimesRowSum) {
  // Row sums: 1 - 2 + 4 = 3 and -1 - 1 - 1 = -3.
  expect_same<std::int32_t>(
      "folded bias", fold_input_zero_point(Codes{1, -2, 4, -1, -1, -1}, Sums{10, 10}, -5), {25, -5},
      {{{-5, 25}, "The sign is turned: folded = bias - zero_point · Σ w."},
       {{10, 10}, "Nothing was folded."},
       {{15, 15}, "The zero-point itself was subtracted; it meets every weight of the row."},
       {{15, -15}, "That is the correction alone: add it to the bias."},
       {{7, 13}, "The zero-point is missing: folded = bias - zero_point · Σ w."},
       {{30, -10}, "The weights were summed by columns; each output has a row."}});
}

TEST(FoldInputZeroPoint, RowSumsNeedMoreThanEightBits) {
  expect_same<std::int32_t>(
      "folded bias", fold_input_zero_point(Codes(300, 127), Sums{0}, 1), {-38100},
      {{{44}, "127 · 300 wrapped around in int8: sum in int32."},
       {{-38100 + 65536}, "127 · 300 wrapped around in int16: sum in int32."}});
}

TEST(FoldInputZeroPoint, GivesWhatTheShiftedSumGives) {
  // One output, by hand: x = (3, 7), zero-point 2, w = (5, -4): (3-2)·5 + (7-2)·(-4) = -15,
  // and without shifting x: 3·5 + 7·(-4) = -13, so the folded bias must be -2.
  expect_same<std::int32_t>("folded bias", fold_input_zero_point(Codes{5, -4}, Sums{0}, 2), {-2},
                            {{{2}, "The sign is turned: folded = bias - zero_point · Σ w."}});
}

// --- 15.12 linear_int32 ---

Sums linear(const Codes& x, const Codes& weight, const Sums& bias) {
  Sums acc(x.size() / (weight.size() / bias.size()) * bias.size(), -999);
  linear_int32(x, weight, bias, acc);
  return acc;
}

TEST(LinearInt32, MultipliesRowsByRows) {
  // x = [[1, 2], [3, 4]], weight = [[5, 6], [7, 8]] stored as [out, in].
  expect_same<std::int32_t>(
      "acc", linear({1, 2, 3, 4}, {5, 6, 7, 8}, {100, 200}), {117, 223, 139, 253},
      {{{119, 222, 143, 250}, "The weight was read as [in, out]; it is stored as [out, in]."},
       {{17, 23, 39, 53}, "The bias is missing."},
       {{117, 127, 127, 127}, "Each sum was saturated to int8; keep it in int32."},
       {{12, 16, 24, 32},
        "Only the last product of each row is left: add every one to the sum (+=)."},
       {{112, 216, 124, 232},
        "Only the last product of each row is left: add every one to the sum (+=)."},
       {{117, 123, 239, 253}, "The bias belongs to the output, not to the row of x."}});
}

TEST(LinearInt32, ShapesNeedNotBeSquare) {
  // One row of three inputs, two outputs.
  expect_same<std::int32_t>("acc", linear({1, -2, 3}, {1, 1, 1, 10, 0, -10}, {0, 5}), {2, -15});
}

TEST(LinearInt32, AccumulatesInThirtyTwoBits) {
  // 1000 products of 127 · 127 = 16 129 000, far beyond int16.
  expect_same<std::int32_t>(
      "acc", linear(Codes(1000, 127), Codes(1000, 127), {0}), {16129000},
      {{{127}, "Each sum was saturated to int8; keep it in int32."},
       {{32767}, "The sum saturated in int16; accumulate in int32."},
       {{static_cast<std::int16_t>(16129000)},
        "The sum wrapped around in int16; accumulate in int32."},
       {{1000}, "127 · 127 wrapped around in int8 (to 1): widen before multiplying."}});
  expect_same<std::int32_t>("acc of the lowest codes", linear(Codes(4, -128), Codes(4, -128), {0}),
                            {65536});
}

TEST(LinearInt32, IsExactWhereFloatsAreNot) {
  // 2^24 + 1 has no float: a sum kept in float would lose the last product.
  expect_same<std::int32_t>(
      "acc", linear({1}, {1}, {1 << 24}), {16777217},
      {{{16777216}, "The sum went through float, which has 24 bits; stay in int32."}});
}

// --- 15.13 requantize_multipliers, requantize ---

Codes requantized(const Sums& acc, const Floats& multipliers, std::int32_t zero_point,
                  QRange range) {
  Codes codes(acc.size(), 99);
  requantize(acc, multipliers, zero_point, range, codes);
  return codes;
}

TEST(Requantize, TheMultiplierComparesSteps) {
  expect_same<float>(
      "multipliers", requantize_multipliers(0.5f, Floats{0.25f, 2.0f}, 4.0f), {0.03125f, 0.25f},
      {{{32.0f, 4.0f}, "That is its inverse: steps of the sum over steps of the output."},
       {{0.125f, 1.0f}, "The output's scale is missing."},
       {{0.5f, 4.0f},
        "Multiplied by the output's scale: a larger output step is worth more "
        "steps of the sum, so divide."},
       {{0.0625f, 0.5f}, "The input's scale is missing."},
       {{0.125f, 0.125f}, "The weight scales are missing; every channel has its own."},
       {{0.03125f, 0.03125f}, "Output 1 was given output 0's weight scale."}});
}

TEST(Requantize, TheMultiplierIsRoundedInTheDeployedOrder) {
  // (0.3 · 0.3) / 0.7 and 0.3 · (0.3 / 0.7) differ in the last bit.
  expect_same<float>(
      "multipliers", requantize_multipliers(0.3f, Floats{0.3f}, 0.7f), {0.128571436f},
      {{{0.128571451f},
        "The order decides the last bit: multiply the scales, round, then divide."}});
  // And (0.1 · 0.1) / 0.9 differs between two roundings and one.
  expect_same<float>("multipliers", requantize_multipliers(0.1f, Floats{0.1f}, 0.9f),
                     {0.0111111123f},
                     {{{0.0111111114f},
                       "Computed in double and rounded once; the deployed kernel rounds twice, in "
                       "float."}});
}

TEST(Requantize, AMultiplierMayUnderflowToZero) {
  const Floats multipliers = requantize_multipliers(1e-30f, Floats{1e-30f}, 1.0f);
  expect_same<float>("multipliers", multipliers, {0.0f}, {});
  expect_same<std::int8_t>("codes", requantized({1 << 30, -7}, multipliers, -5, full_range(8)),
                           {-5, -5}, {});
}

TEST(Requantize, ScalesRoundsShiftsSaturates) {
  // Two outputs: multipliers 0.5 and 0.25, zero-point 3.
  expect_same<std::int8_t>(
      "codes", requantized({10, 10, -8, 1000, 5, 6}, {0.5f, 0.25f}, 3, full_range(8)),
      {8, 5, -1, 127, 5, 5},
      {{{5, 2, -4, 127, 2, 2}, "The zero-point is missing."},
       {{13, 13, -5, 127, 8, 9}, "The multipliers were never used: sums are not output steps."},
       {{8, 5, -1, 127, 5, 4}, "The product was truncated towards 0; round it."},
       {{8, 6, -1, 127, 6, 5}, "These are the codes of rounding half away from zero."},
       {{8, 6, -1, 127, 6, 4},
        "The zero-point was added before rounding: ties fall to the other side."},
       {{8, 5, -1, -126, 5, 5},
        "Saturated before the zero-point was added, so 127 + 3 wrapped around: saturate last."},
       {{8, 8, -1, 127, 5, 6}, "Output 1 was scaled with output 0's multiplier."},
       {{8, 5, -1, -3, 5, 5},
        "1000 · 0.25 + 3 = 253 wrapped around in int8: saturate before converting."}});
}

TEST(Requantize, AReluIsNothingButTheLowerEnd) {
  // With zero-point -20, real 0 is code -20: everything below it is clamped there.
  expect_same<std::int8_t>(
      "codes", requantized({-50, 0, 50}, {1.0f}, -20, {-20, 127}), {-20, -20, 30},
      {{{-70, -20, 30}, "The range's lower end was ignored: codes stop at qmin."},
       {{0, 0, 30}, "The ReLU cut codes at 0; real 0 is the zero-point."},
       {{-40, -20, 30},
        "Saturated first and shifted afterwards: add the zero-point, then saturate."},
       {{-20, 0, 50}, "The zero-point is missing."}});
}

TEST(Requantize, LargeSumsGoThroughFloatOnce) {
  // float(16777217) is 16777216: the deployed kernel computes in float, not in double.
  expect_same<std::int8_t>(
      "codes", requantized({16777217, -16777217}, {5.9604645e-8f * 2.5f}, 0, full_range(8)),
      {2, -2},
      {{{3, -3},
        "Multiplied in double, where this is no tie: the deployed kernel computes "
        "float(acc) · multiplier in float."}});
}

}  // namespace
}  // namespace tinytorch::quantization
