// Learner tests of affine.cpp: every expected number was worked out by hand from the formulas in
// tinytorch/quantization/arithmetic/affine.h.
#include "tinytorch/quantization/arithmetic/affine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/teach.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_same;
using teach::expect_value;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr QRange kInt8 = full_range(8);

std::vector<std::int8_t> codes_of(const std::vector<float>& x, QParams params, QRange range) {
  std::vector<std::int8_t> codes(x.size(), 99);
  quantize(x, params, range, codes);
  return codes;
}

teach::Context x_is(const std::vector<float>& x) {
  return [x](std::size_t i) { return "x = " + teach::show(x[i]); };
}

// --- 15.1 choose_qparams_asymmetric ---

TEST(ChooseQparamsAsymmetric, SpreadsTheIntervalOverAllCodes) {
  const QParams p = choose_qparams_asymmetric(-1.0f, 3.0f, kInt8);
  expect_value(
      "scale", p.scale, 4.0f / 255.0f,
      {{4.0f / 256.0f, "256 codes have 255 steps between them: divide by qmax - qmin."},
       {3.0f / 127.0f, "That is the symmetric scale; here both ends of the interval count."},
       {3.0f / 255.0f, "Only max was used; the interval is max - min = 4 wide."},
       {2.0f / 255.0f, "min is negative: the width is max - min = 4, not max + min."}});
  expect_value(
      "zero_point", p.zero_point, -64,
      {{64,
        "qmin is missing: rint(-min / scale) is the zero-point of codes that start at 0; "
        "these start at -128."},
       {-128, "The sign is turned: zero_point = rint(qmin - min / scale)."},
       {-63, "rint rounds -64.25 to -64; adding 0.5 and truncating does not."},
       {-65, "rint rounds -64.25 to -64; floor does not."},
       {0, "A zero-point of 0 is for symmetric codes; here 0.0 lies a quarter of the way up."}});
}

TEST(ChooseQparamsAsymmetric, RoundsTheZeroPointHalfToEven) {
  // -128 + 1 / (7/255) = -91.57.
  expect_value("zero_point for [-1, 6]", choose_qparams_asymmetric(-1.0f, 6.0f, kInt8).zero_point,
               -92, {{-91, "-91.57 was truncated; round it (std::nearbyint)."}});
  // -128 + 3 / (6/255) = -0.5, a tie: the even neighbour is 0.
  expect_value("zero_point for [-3, 3]", choose_qparams_asymmetric(-3.0f, 3.0f, kInt8).zero_point,
               0,
               {{-1,
                 "-0.5 was rounded half away from zero (std::round). rint rounds half to even: "
                 "std::nearbyint."}});
}

TEST(ChooseQparamsAsymmetric, MakesRoomForZeroFirst) {
  // A ReLU's output in [2, 6]: 0 must have a code, so the interval to cover is [0, 6].
  const QParams above = choose_qparams_asymmetric(2.0f, 6.0f, kInt8);
  expect_value(
      "scale for [2, 6]", above.scale, 6.0f / 255.0f,
      {{4.0f / 255.0f,
        "The scale was chosen for [2, 6]. Clamping the zero-point afterwards does not repair "
        "it: 6.0 has no code. Extend the interval to contain 0 first."},
       {6.0f / 256.0f, "256 codes have 255 steps between them: divide by qmax - qmin."}});
  expect_value("zero_point for [2, 6]", above.zero_point, -128);
  const QParams below = choose_qparams_asymmetric(-6.0f, -2.0f, kInt8);
  expect_value("scale for [-6, -2]", below.scale, 6.0f / 255.0f);
  expect_value("zero_point for [-6, -2]", below.zero_point, 127);
}

TEST(ChooseQparamsAsymmetric, AConstantSurvivesTheRoundTrip) {
  // All values equal 0.7: 0.7 must still have a code of its own.
  const QParams p = choose_qparams_asymmetric(0.7f, 0.7f, kInt8);
  const float steps = 0.7f / p.scale;
  if (!(std::abs(steps - 255.0f) < 1e-3f)) {
    teach::report(teach::Location::current(),
                  "[0.7, 0.7] gave scale " + teach::show(p.scale) + ": 0.7 is " +
                      teach::show(steps) +
                      " steps from 0, expected 255. With room for 0 the interval is [0, 0.7].");
  }
}

TEST(ChooseQparamsAsymmetric, ZeroAloneHasScaleOne) {
  const QParams p = choose_qparams_asymmetric(0.0f, 0.0f, kInt8);
  expect_value(
      "scale for [0, 0]", p.scale, 1.0f,
      {{0.0f, "A scale of 0 divides by zero later; any positive scale would do, take 1."},
       {kMinScale,
        "[0, 0] has no width to divide: any positive scale would do, and the contract says 1."}});
  const std::int32_t zero = p.zero_point;
  if (zero < -128 || zero > 127) {
    teach::report(teach::Location::current(),
                  "zero_point " + teach::show(zero) + " is outside [-128, 127]");
  }
}

TEST(ChooseQparamsAsymmetric, UsesTheRangeItIsGiven) {
  // 4 bits: codes -8 … 7, so 15 steps.
  const QParams p = choose_qparams_asymmetric(-1.0f, 2.0f, full_range(4));
  expect_value("scale in 4 bits", p.scale, 3.0f / 15.0f,
               {{3.0f / 255.0f, "The number of steps is fixed at 255; take it from the range."}});
  expect_value("zero_point in 4 bits", p.zero_point, -3);
}

TEST(ChooseQparamsAsymmetric, TinyIntervalsKeepAUsableScale) {
  const QParams p = choose_qparams_asymmetric(0.0f, 1e-44f, kInt8);
  expect_value("scale for [0, 1e-44]", p.scale, kMinScale,
               {{0.0f, "1e-44 / 255 underflows to 0; keep the scale at least kMinScale."}});
}

// --- 15.2 choose_qparams_symmetric ---

TEST(ChooseQparamsSymmetric, TheLargestMagnitudeLandsOnTheLastCode) {
  const QParams p = choose_qparams_symmetric(2.54f, 8);
  expect_value("scale for 2.54 in 8 bits", p.scale, 2.54f / 127.0f,
               {{2.54f / 128.0f, "Symmetric codes stop at ±127: -128 would have no opposite."},
                {2.54f / 255.0f, "255 steps cover both sides; one side has 127."},
                {2.0f * 2.54f / 255.0f,
                 "The interval is ±2.54, but 0 must sit on a code: divide "
                 "the largest magnitude by 127."}});
  expect_value("zero_point", p.zero_point, 0);
}

TEST(ChooseQparamsSymmetric, FewerBitsMeanBiggerSteps) {
  expect_value("scale for 1.4 in 4 bits", choose_qparams_symmetric(1.4f, 4).scale, 1.4f / 7.0f,
               {{1.4f / 127.0f, "127 is for 8 bits; b bits have 2^(b-1) - 1 codes on each side."},
                {1.4f / 8.0f, "4 bits reach 7 on both sides; -8 stays unused."},
                {1.4f / 3.0f, "The exponent is bits - 1: 4 bits reach 2^3 - 1 = 7."},
                {1.4f / 15.0f, "15 is the number of codes; one side has 7 steps."}});
  expect_value("scale for 1.5 in 2 bits", choose_qparams_symmetric(1.5f, 2).scale, 1.5f);
}

TEST(ChooseQparamsSymmetric, ZeroAndTinyMagnitudesKeepAUsableScale) {
  expect_value(
      "scale for 0", choose_qparams_symmetric(0.0f, 8).scale, 1.0f,
      {{0.0f, "A scale of 0 divides by zero later; a channel of zeros takes scale 1."},
       {kMinScale, "A channel of zeros takes scale 1; kMinScale is for magnitudes above 0."}});
  expect_value("scale for 1e-44", choose_qparams_symmetric(1e-44f, 8).scale, kMinScale,
               {{0.0f, "1e-44 / 127 underflows to 0; keep the scale at least kMinScale."}});
}

// --- 15.3 quantize ---

TEST(Quantize, DividesRoundsShiftsSaturates) {
  const std::vector<float> x = {0.0f, 0.3f, -1.1f, 2.0f, 100.0f, -100.0f};
  expect_same<std::int8_t>(
      "codes", codes_of(x, {0.5f, 10}, kInt8), {10, 11, 8, 14, 127, -128},
      {{{0, 1, -2, 4, 127, -128}, "The zero-point is missing: add it after rounding."},
       {{0, 0, -1, 2, 100, -100},
        "The values themselves were stored, cut to whole numbers: nothing was divided by the "
        "scale."},
       {{10, 10, 9, 12, 110, -90}, "Nothing was divided by the scale."},
       {{10, 10, 9, 11, 60, -40}, "Multiplied by the scale; one code is worth `scale`, so divide."},
       {{10, 11, 8, 14, -46, 66},
        "Codes beyond the range wrapped around in int8: saturate before you convert."},
       {{10, 10, 8, 14, 127, -128}, "The division was truncated towards 0; round it."}},
      x_is(x));
}

TEST(Quantize, RoundsHalfToEven) {
  const std::vector<float> x = {0.5f, 1.5f, 2.5f, 3.5f, -0.5f, -1.5f, -2.5f, -3.5f};
  expect_same<std::int8_t>(
      "codes", codes_of(x, {1.0f, 0}, kInt8), {0, 2, 2, 4, 0, -2, -2, -4},
      {{{1, 2, 3, 4, -1, -2, -3, -4},
        "These are the codes of rounding half away from zero (std::round). Half to even is "
        "std::nearbyint: 2.5 → 2, 3.5 → 4. Biased ties would shift every sum of a layer."},
       {{1, 2, 3, 4, 0, -1, -2, -3},
        "These are the codes of floor(x + 0.5), which rounds every tie up."},
       {{0, 1, 2, 3, 0, -1, -2, -3}, "These are the codes of truncation; round instead."},
       {{0, 1, 2, 3, -1, -2, -3, -4}, "These are the codes of floor; round instead."}},
      x_is(x));
}

TEST(Quantize, RoundsBeforeAddingTheZeroPoint) {
  // With an odd zero-point the parity of a tie changes when the order is wrong.
  const std::vector<float> x = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f};
  expect_same<std::int8_t>(
      "codes", codes_of(x, {1.0f, 3}, kInt8), {3, 5, 5, 3, 1},
      {{{4, 4, 6, 2, 2},
        "The zero-point was added before rounding: rint(x / scale + zero_point) sends ties to the "
        "other side when zero_point is odd. Round first, then add."},
       {{4, 5, 6, 2, 1}, "These are the codes of rounding half away from zero (std::round)."},
       {{3, 4, 5, 2, 1}, "The sum was truncated; round the quotient, then add."}},
      x_is(x));
}

TEST(Quantize, DividesInsteadOfMultiplyingByTheReciprocal) {
  const std::vector<float> x = {0.09f, 0.33f, 0.49f, 0.59f};
  expect_same<std::int8_t>(
      "codes", codes_of(x, {0.02f, 0}, kInt8), {5, 17, 25, 30},
      {{{4, 16, 24, 29},
        "These are the codes of x * (1 / scale). The reciprocal of 0.02 is itself rounded, and "
        "values near a tie fall to the other side: divide."}},
      x_is(x));
}

TEST(Quantize, SaturatesToTheRangeItIsGiven) {
  const std::vector<float> x = {-9.0f, -7.0f, 7.0f, 8.0f, 120.0f};
  expect_same<std::int8_t>("codes", codes_of(x, {1.0f, 0}, symmetric_range(4)), {-7, -7, 7, 7, 7},
                           {{{-9, -7, 7, 8, 120}, "The range argument was ignored."},
                            {{-8, -7, 7, 7, 7}, "qmin is -7 here: symmetric ranges leave -8 out."}},
                           x_is(x));
}

TEST(Quantize, HasAnAnswerForEveryFloat) {
  const std::vector<float> x = {kInf, -kInf, kNan, 3e38f, -3e38f, 1e12f};
  expect_same<std::int8_t>(
      "codes", codes_of(x, {1e-3f, 5}, kInt8), {127, -128, -128, 127, -128, 127},
      {{{127, -128, 127, 127, -128, 127},
        "NaN became qmax: every comparison with NaN is false. Compare so that false means qmin."},
       {{127, -128, 0, 127, -128, 127},
        "NaN became 0, as if it were a value: std::clamp and std::min pass NaN on, and converting "
        "it "
        "to an integer is undefined. Compare so that false means qmin."}},
      [&](auto i) {
        return "x = " + teach::show(x[i]) +
               "; compare in float before converting, NaN goes to qmin";
      });
}

// --- 15.4 dequantize ---

std::vector<float> values_of(const std::vector<std::int8_t>& codes, QParams params) {
  std::vector<float> x(codes.size(), 99.0f);
  dequantize(codes, params, x);
  return x;
}

TEST(Dequantize, SubtractsTheZeroPointThenScales) {
  expect_same<float>(
      "x", values_of({10, 11, 8, 14}, {0.5f, 10}), {0.0f, 0.5f, -1.0f, 2.0f},
      {{{5.0f, 5.5f, 4.0f, 7.0f}, "The zero-point is missing: (code - zero_point) · scale."},
       {{-5.0f, -4.5f, -6.0f, -3.0f},
        "The zero-point was subtracted after scaling; it counts codes, not values."},
       {{10.0f, 10.5f, 9.0f, 12.0f}, "The zero-point was added instead of subtracted."},
       {{0.0f, 2.0f, -4.0f, 8.0f}, "Divided by the scale; one code is worth `scale`, so multiply."},
       {{0.0f, 1.0f, -2.0f, 4.0f}, "The scale is missing: these are steps, not values."}});
}

TEST(Dequantize, TheDifferenceNeedsMoreThanEightBits) {
  expect_same<float>(
      "x", values_of({-128, 127, -128}, {0.5f, 127}), {-127.5f, 0.0f, -127.5f},
      {{{0.5f, 0.0f, 0.5f},
        "-128 - 127 = -255 does not fit in int8 and wrapped to 1: widen to int32 first."}});
  expect_same<float>("x", values_of({127}, {1.0f, -128}), {255.0f},
                     {{{-1.0f}, "127 - (-128) = 255 wrapped around in int8."}});
}

TEST(Dequantize, ZeroComesBackExactly) {
  for (const std::int32_t zero_point : {-128, -3, 0, 77, 127}) {
    const auto code = static_cast<std::int8_t>(zero_point);
    expect_value("x at zero_point " + teach::show(zero_point),
                 values_of({code}, {0.1f, zero_point})[0], 0.0f);
  }
}

// --- 15.5 channel_scales, quantize_per_channel ---

TEST(PerChannel, EveryChannelHasItsOwnScale) {
  const std::vector<float> weight = {1.27f, -0.5f, 0.0127f, 0.01f};
  expect_same<float>(
      "scales", channel_scales(weight, 2, 8), {1.27f / 127.0f, 0.0127f / 127.0f},
      {{{1.27f / 127.0f, 1.27f / 127.0f},
        "Both channels share the scale of the whole tensor; the small one loses its levels."},
       {{1.27f / 127.0f, 0.5f / 127.0f},
        "These are the scales of columns; a channel is a run of neighbouring values."},
       {{1.27f / 127.0f, 1.0f / 127.0f},
        "The scale of the small channel was held at 1/127, which throws away all but one or two of "
        "its levels: the only floor is kMinScale."}});
}

TEST(PerChannel, TheSignOfTheLargestDoesNotMatter) {
  expect_same<float>(
      "scales", channel_scales(std::vector<float>{0.5f, -1.0f, -2.0f, -4.0f}, 2, 8),
      {1.0f / 127.0f, 4.0f / 127.0f},
      {{{0.5f / 127.0f, 1.0f}, "Negative weights were overlooked: compare magnitudes."},
       {{0.5f / 127.0f, 0.0f}, "Negative weights were overlooked: compare magnitudes."}});
}

TEST(PerChannel, BitsReachTheScale) {
  expect_same<float>("scales in 4 bits", channel_scales(std::vector<float>{0.7f, 1.4f}, 2, 4),
                     {0.7f / 7.0f, 1.4f / 7.0f},
                     {{{0.7f / 127.0f, 1.4f / 127.0f}, "`bits` was ignored: 4 bits reach ±7."}});
}

TEST(PerChannel, AChannelOfZerosIsFine) {
  const std::vector<float> weight = {0.0f, 0.0f, 1.27f, -1.27f};
  const std::vector<float> scales = channel_scales(weight, 2, 8);
  expect_same<float>("scales", scales, {1.0f, 0.01f});
  std::vector<std::int8_t> codes(4, 99);
  quantize_per_channel(weight, scales, 8, codes);
  expect_same<std::int8_t>("codes", codes, {0, 0, 127, -127},
                           {{{0, 0, 1, -1}, "The first channel's scale was used for both."}});
}

TEST(PerChannel, CodesUseTheirOwnChannelsScale) {
  const std::vector<float> weight = {1.0f, 2.0f, 3.0f, 10.0f, 20.0f, 30.0f};
  std::vector<std::int8_t> codes(6, 99);
  quantize_per_channel(weight, std::vector<float>{1.0f, 10.0f}, 8, codes);
  expect_same<std::int8_t>(
      "codes", codes, {1, 2, 3, 1, 2, 3},
      {{{1, 2, 3, 10, 20, 30}, "The first channel's scale was used for both."},
       {{1, 0, 3, 1, 20, 3},
        "The scales alternate from value to value; a channel is a run of size/channels values."}});
}

TEST(PerChannel, CodesStayWithinTheSymmetricRange) {
  std::vector<std::int8_t> codes(4, 99);
  quantize_per_channel(std::vector<float>{-9.0f, 9.0f, -7.4f, 2.0f}, std::vector<float>{1.0f}, 4,
                       codes);
  expect_same<std::int8_t>("codes in 4 bits", codes, {-7, 7, -7, 2},
                           {{{-8, 7, -7, 2}, "-8 is outside symmetric_range(4)."},
                            {{-9, 9, -7, 2}, "The codes were not limited to 4 bits."}});
}

}  // namespace
}  // namespace tinytorch::quantization
