// Learner tests of part 7: other dialects. Ties and the ends of int32, where they show.
#include "tinytorch/quantization/arithmetic/dialects.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/teach.h"
#include "tinytorch/core/half.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

constexpr std::int32_t kIntMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kIntMax = std::numeric_limits<std::int32_t>::max();

// Mantissa and exponent as two numbers.
void expect_fixed(const std::string& what, FixedPoint got, const Sums& expected,
                  const std::vector<teach::Suspicion<std::int32_t>>& suspicions = {},
                  const teach::Location& where = teach::Location::current()) {
  expect_same<std::int32_t>(
      what, Sums{got.mantissa, got.exponent}, expected, suspicions,
      [](std::size_t i) { return i == 0 ? "mantissa" : "exponent"; }, where);
}

// --- 15.23 quantize_multiplier, tflite_multipliers ---

TEST(QuantizeMultiplier, TakesANumberApart) {
  expect_fixed("0.75 / 8", quantize_multiplier(0.75 * 0x1p-3), {1610612736, -3},
               {{{1610612736, 3}, "The exponent's sign is turned: real = f · 2^e."},
                {{805306368, -3}, "f was multiplied by 2^30: the mantissa has 31 bits."}});
  expect_fixed("1", quantize_multiplier(1.0), {1 << 30, 1},
               {{{kIntMax, 0}, "1 is 0.5 · 2^1: f lies below 1, so the exponent grows."}});
  expect_fixed("24", quantize_multiplier(24.0), {1610612736, 5});
}

TEST(QuantizeMultiplier, RoundsHalfAwayFromZero) {
  expect_fixed("(2^30 + 0.5) / 2^31", quantize_multiplier((0x1p30 + 0.5) * 0x1p-31),
               {1073741825, 0},
               {{{1073741824, 0},
                 "f · 2^31 = 2^30 + 0.5 went down. This dialect rounds half away from zero "
                 "(std::llround); half to even and truncation both land here."}});
}

TEST(QuantizeMultiplier, APowerOfTwoIsReachedByRounding) {
  // f = 1 - 2^-33, so f · 2^31 = 2^31 - 0.25.
  expect_fixed(
      "1 - 2^-33", quantize_multiplier(1.0 - 0x1p-33), {1 << 30, 1},
      {{{kIntMin, 0},
        "f · 2^31 rounded to 2^31, which does not fit in int32, and it became -2^31: halve "
        "it and let the exponent grow by 1."},
       {{1 << 30, 0}, "Halved, but the exponent must grow by 1 to make up for it."},
       {{kIntMax, 0}, "Saturated to 2^31 - 1: halve 2^31 and let the exponent grow."}});
}

TEST(QuantizeMultiplier, TooSmallANumberIsZero) {
  expect_fixed("2^-33", quantize_multiplier(0x1p-33), {0, 0},
               {{{1 << 30, -32},
                 "e = -32 would shift by 32 bits, more than an int32 has: below -31 it is {0, 0}."},
                {{0, -32}, "The mantissa is 0; let the exponent be 0 too."}});
  expect_fixed("2^-32", quantize_multiplier(0x1p-32), {1 << 30, -31},
               {{{0, 0}, "e = -31 is the last exponent allowed, not the first refused."}});
  expect_fixed("just below 2^-32", quantize_multiplier((1.0 - 0x1p-33) * 0x1p-32), {1 << 30, -31},
               {{{0, 0},
                 "Its mantissa rounds to 2^31, which brings the exponent back to -31: look at the "
                 "limit after that."}});
}

TEST(QuantizeMultiplier, IsForPositiveNumbersBelow2To30) {
  for (const double real : {0.0, -0.5, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()}) {
    expect_error([&] { (void)quantize_multiplier(real); }, "must be positive and finite",
                 "Given: scales are positive, and so is their quotient.");
  }
  expect_fixed("2^30 - 0.5", quantize_multiplier(0x1p30 - 0.5), {kIntMax, 30});
  for (const double real : {0x1p30 - 0.25, 0x1p30}) {
    expect_error([&] { (void)quantize_multiplier(real); }, "exponent above 30",
                 "Given: its mantissa rounds to 2^31, so its exponent would be 31.");
  }
}

TEST(QuantizeMultiplier, ScalesMeetInDouble) {
  // In float, 0.1 · 0.1 is rounded once and its quotient by 0.9 again.
  const auto got = tflite_multipliers(0.1f, Floats{0.1f, 0.2f}, 0.9f);
  ASSERT_EQ(got.size(), 2u) << "One multiplier for each weight scale.";
  expect_fixed("multiplier 0", got[0], {1527099569, -6},
               {{{1527099648, -6},
                 "The scales met in float, which keeps 24 bits of the mantissa's 31: convert each "
                 "to double before you multiply."}});
  expect_fixed("multiplier 1", got[1], {1527099569, -5},
               {{{1527099569, -6}, "Output 1 was given output 0's weight scale."}});
}

// --- 15.24 saturating_rounding_doubling_high_mul ---

Sums products(const Sums& a, const Sums& b) {
  Sums got(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    got[i] = saturating_rounding_doubling_high_mul(a[i], b[i]);
  }
  return got;
}

TEST(SaturatingRoundingDoublingHighMul, MultipliesByAFraction) {
  // 2^30 is one half, -2^30 minus one half, 3 · 2^29 three quarters.
  expect_same<std::int32_t>(
      "a · b / 2^31",
      products({1000, 1000, -1000, kIntMax}, {1 << 30, -(1 << 30), 3 << 29, kIntMax}),
      {500, -500, -750, 2147483646},
      {{{500, -501, -751, 2147483646},
        "The quotients of negative products are one too low: >> rounds down, and the formula's "
        "nudge of 1 - 2^30 is made for a division that truncates. Write / (int64 2^31)."},
       {{250, -250, -375, 1073741823},
        "The product was divided by 2^32, its upper half. \"Doubling\" means 2^31: mantissas stand "
        "for numbers in [0.5, 1), so one bit would be wasted."}});
}

TEST(SaturatingRoundingDoublingHighMul, TiesGoUp) {
  // Times one half: 0.5, -0.5, 1.5, -1.5, and a quarter of -3 and -5 to the nearest.
  expect_same<std::int32_t>(
      "a · b / 2^31",
      products({1, -1, 3, -3, -3, -5}, {1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 29, 1 << 29}),
      {1, 0, 2, -1, -1, -1},
      {{{1, -1, 2, -2, -2, -2},
        "The quotients of negative products are one too low: >> rounds down, and the formula's "
        "nudge of 1 - 2^30 is made for a division that truncates. Write / (int64 2^31)."},
       {{1, -1, 2, -2, -1, -1},
        "Negative ties were rounded away from zero: the nudge of a negative product is 1 - 2^30."},
       {{0, 0, 1, -1, 0, -1}, "Nothing was rounded: add the nudge before you divide."},
       {{1, 0, 2, -1, 0, 0},
        "Negative products were nudged upwards and then truncated upwards too: their nudge is "
        "1 - 2^30."},
       {{0, 0, 2, -2, -1, -1},
        "Ties went to the even neighbour. That is the ort dialect; this one has its own rule."}});
}

TEST(SaturatingRoundingDoublingHighMul, OnePairSaturates) {
  expect_value("SRDHM(-2^31, -2^31)", saturating_rounding_doubling_high_mul(kIntMin, kIntMin),
               kIntMax,
               {{kIntMin,
                 "-1 times -1 became -1: the quotient 2^31 does not fit in int32 and wrapped "
                 "around. This one pair saturates to 2^31 - 1."}});
  expect_value("SRDHM(-2^31, 2^31 - 1)", saturating_rounding_doubling_high_mul(kIntMin, kIntMax),
               -kIntMax,
               {{kIntMax, "Only the pair (-2^31, -2^31) saturates; this one has an answer."}});
  expect_value("SRDHM(-2^31, 2^30)", saturating_rounding_doubling_high_mul(kIntMin, 1 << 30),
               -(1 << 30),
               {{kIntMax, "Only the pair (-2^31, -2^31) saturates; this one has an answer."}});
}

// --- 15.25 rounding_divide_by_power_of_two ---

Sums shifted(const Sums& x, int n) {
  Sums got;
  for (const std::int32_t value : x) got.push_back(rounding_divide_by_power_of_two(value, n));
  return got;
}

TEST(RoundingDivideByPowerOfTwo, TiesGoAwayFromZero) {
  expect_same<std::int32_t>(
      "x / 4", shifted({6, -6, 2, -2, 5, -5, 7, -7, 8, -8}, 2), {2, -2, 1, -1, 1, -1, 2, -2, 2, -2},
      {{{1, -2, 0, -1, 1, -2, 1, -2, 2, -2},
        "That is x >> n alone, which always rounds down: add 1 where more than half was dropped."},
       {{2, -1, 1, 0, 1, -1, 2, -2, 2, -2},
        "Negative ties went up (-1.5 became -1). The threshold of a negative x is one higher: "
        "(mask >> 1) + 1."},
       {{1, -1, 0, 0, 1, -1, 1, -1, 2, -2}, "x / 2^n truncates towards 0; round to the nearest."},
       {{2, -2, 0, 0, 1, -1, 2, -2, 2, -2},
        "Ties went to the even neighbour. That is the ort dialect; this one goes away from 0."},
       {{1, -2, 0, -1, 1, -1, 2, -2, 2, -2},
        "Every tie went down: the threshold is one higher for negative x only."},
       {{2, -1, 1, 0, 2, -1, 2, -2, 2, -2},
        "One was added where the dropped part *equals* the threshold too: ask for more (>)."}});
}

TEST(RoundingDivideByPowerOfTwo, ByOneChangesNothing) {
  expect_same<std::int32_t>(
      "x / 2^0", shifted({7, 0, -7, kIntMin, kIntMax}, 0), {7, 0, -7, kIntMin, kIntMax},
      {{{8, 1, -7, kIntMin, kIntMin},
        "One was added where the dropped part *equals* the threshold: with n = 0 both are 0."}});
}

TEST(RoundingDivideByPowerOfTwo, TheLargestShift) {
  expect_same<std::int32_t>(
      "x / 2^31", shifted({kIntMin, kIntMax, 1 << 30, -(1 << 30), (1 << 30) - 1}, 31),
      {-1, 1, 1, -1, 0},
      {{{-1, 0, 0, -1, 0},
        "That is x >> n alone, which always rounds down: add 1 where more than half was dropped."},
       {{-1, 1, 1, 0, 0}, "Negative ties went up: the threshold of a negative x is one higher."}});
  expect_error([] { (void)rounding_divide_by_power_of_two(1, 32); }, "32",
               "Given: an int32 has no 32 bits to drop.");
}

// --- 15.26 requantize_tflite ---

Codes requantized(const Sums& acc, const std::vector<FixedPoint>& multipliers,
                  std::int32_t zero_point, QRange range = full_range(8)) {
  Codes codes(acc.size(), 99);
  requantize_tflite(acc, multipliers, zero_point, range, codes);
  return codes;
}

TEST(RequantizeTflite, TheLessonsLayer) {
  // 0.02 and 0.001; the zero-point is -73. 625 · 0.02 = 12.5 is a tie that ort sends to 12.
  expect_same<std::int8_t>(
      "codes", requantized({6790, -4540, 625, 0}, {{1374389504, -5}, {1099511680, -9}}, -73),
      {63, -78, -60, -73},
      {{{63, -128, -60, -73}, "Output 1 was scaled with output 0's multiplier."},
       {{127, -128, 127, -73}, "Nothing was divided by 2^-e: RDBP comes after the product."},
       {{63, -78, -61, -73},
        "12.5 went to 12: half to even is the ort dialect, RDBP rounds away from 0."},
       {{127, -5, 13, 0}, "The zero-point is missing."},
       {{127, -5, 10, 0},
        "The zero-point was added before RDBP, and so divided by 2^-e too: add it last."},
       {{62, -78, -61, -73}, "The quotients were rounded down: RDBP rounds to the nearest."}});
}

TEST(RequantizeTflite, TheZeroPointComesLast) {
  // Half of 101 is 50.5, and 3 more is another matter before the division than after it.
  expect_same<std::int8_t>(
      "codes", requantized({404, -404}, {{1 << 30, -2}}, 3), {54, -48},
      {{{51, -50},
        "The zero-point was added before RDBP, and so divided by 2^-e too: add it last."},
       {{51, -51}, "The zero-point is missing."}});
}

TEST(RequantizeTflite, MultipliersAboveOneShiftLeftFirst) {
  // 6 = 0.75 · 2^3.
  expect_same<std::int8_t>(
      "codes", requantized({5, -5, 1}, {{1610612736, 3}}, 0), {30, -30, 6},
      {{{4, -4, 1}, "A positive exponent was left out: shift the sum left by it, before SRDHM."},
       {{32, -32, 8},
        "Shifted left after the product: its rounding error grew 8 times as large. Shift first."}});
}

TEST(RequantizeTflite, TheLeftShiftSaturates) {
  // 2^29 · 8 = 2^32, and -2^29 · 8.
  expect_same<std::int8_t>(
      "codes", requantized({1 << 29, -(1 << 29)}, {{1 << 30, 3}}, 0), {127, -128},
      {{{0, 0},
        "2^29 << 3 is 2^32 and wrapped around to 0: shift in int64 and clamp to int32 before "
        "SRDHM."}});
}

TEST(RequantizeTflite, SaturatesToTheRange) {
  expect_same<std::int8_t>(
      "codes", requantized({kIntMax, kIntMin, 40, -40}, {{1 << 30, 1}}, 100, {100, 127}),
      {127, 100, 127, 100},
      {{{100, 100, 127, 100},
        "2^31 - 1 plus the zero-point wrapped around in int32: add in int64."},
       {{127, -128, 127, 60}, "The range's lower end was ignored: codes stop at qmin."}});
}

TEST(RequantizeTflite, RefusesShapesThatDoNotFit) {
  (void)requantized({1, 2}, {{1 << 30, 0}, {1 << 30, 0}}, 0);  // these fit
  expect_error(
      [] {
        (void)requantized({1, 2, 3}, {{1 << 30, 0}, {1 << 30, 0}}, 0);
      },
      "3 sums", "Given: 3 sums are not rows of 2.");
}

// --- 15.27 golf_quantize_rows, golf_store ---

Floats scales_of(const GolfTensor& stored) {
  Floats scales;
  for (const std::uint16_t half : stored.scales) scales.push_back(float_from_half(half));
  return scales;
}

TEST(Golf, EachRowHasItsScale) {
  const auto stored = golf_quantize_rows(Floats{254, -127, 127, 2}, 2, {});
  expect_same<std::int8_t>("codes", stored.codes, {127, -64, 127, 2},
                           {{{127, -64, 64, 1}, "One scale was used for all rows."},
                            {{127, -63, 127, 2}, "-63.5 was truncated; round half to even."}});
  expect_same<float>("scales", scales_of(stored), {2.0f, 1.0f},
                     {{{2.0f, 2.0f}, "One scale was used for all rows."},
                      {{1.0f, 0.015625f}, "The quantile is that of |w|: -127 counts as 127."}});
}

TEST(Golf, TheFloorIsOnTheScaleAndCostsLevels) {
  const Floats row = {0.25f, -0.25f, 0.125f};
  const auto faithful = golf_quantize_rows(row, 1, {8, GolfMode::kFaithful});
  expect_same<std::int8_t>("faithful codes", faithful.codes, {32, -32, 16},
                           {{{127, -127, 64},
                             "The floor 1 / 127 is missing, or was applied to the clip: with "
                             "kFaithful it is the *scale* that is at least 1 / 127."},
                            {{0, 0, 0}, "The floor of the scale is 1 / 127, not 1."}});
  const auto fixed = golf_quantize_rows(row, 1, {8, GolfMode::kFixed});
  expect_same<std::int8_t>("fixed codes", fixed.codes, {127, -127, 64},
                           {{{32, -32, 16}, "kFixed has another floor, 2^-14."}});
}

TEST(Golf, TheFloorIsOneLevelNotTheClip) {
  // clip / 127 is below the floor, so the scale is 1 / 127 and the clip stays 0.001.
  const auto stored = golf_quantize_rows(Floats{0.001f, 0.001f}, 1, {});
  expect_same<std::int8_t>("codes", stored.codes, {0, 0});
  expect_same<float>("scales", scales_of(stored), {0.00787353515625f},
                     {{{7.8678131e-06f}, "The floor is missing."},
                      {{6.1988831e-05f},
                       "The floor 1/127 was applied to the clip, and the clip then divided by 127: "
                       "it is the *scale* that is at least 1/127."}});
  const auto zeros = golf_quantize_rows(Floats{0.0f, 0.0f}, 1, {8, GolfMode::kFixed});
  expect_same<float>("scale of a row of zeros, fixed", scales_of(zeros), {0x1p-14f});
}

TEST(Golf, TheQuantileLiesBetweenTwoValues) {
  // 1000 zeros and 254: h = 999.9984, so the clip is 0.9984 · 254 = 253.59, over 127: 1.9968.
  Floats row(1001, 0.0f);
  row[500] = -254.0f;
  const auto stored = golf_quantize_rows(row, 1, {});
  expect_same<float>(
      "scales", scales_of(stored), {1.9970703125f},
      {{{2.0f}, "The clip was the largest magnitude; it is quantile_top_k of the magnitudes."},
       {{0.00787353515625f}, "The clip was the value of the rank below, 0, without interpolation."},
       {{0.0f}, "The clip was the value of the rank below, 0, without interpolation."}});
  expect_value("code of -254", stored.codes[500], std::int8_t{-127});
}

TEST(Golf, TheScaleIsRoundedAfterQuantizing) {
  // s = 0.011811013, its half 0.011810303: 0.7145234 / s = 60.4964, but over the half it
  // is 60.5000.
  const auto stored = golf_quantize_rows(Floats{1.5f, 0.7145233750343323f}, 1, {});
  expect_same<std::int8_t>(
      "codes", stored.codes, {127, 60},
      {{{127, 61},
        "The scale was rounded to a half before quantizing. Quantize with the float scale, and "
        "round only what is stored."}});
  expect_same<float>("scales", scales_of(stored), {0.011810302734375f});
}

TEST(Golf, SixBitsHave31Levels) {
  const auto stored = golf_quantize_rows(Floats{62, -31, 1, 0.5f}, 2, {6, GolfMode::kFaithful});
  expect_same<std::int8_t>("codes", stored.codes, {31, -16, 31, 16},
                           {{{127, -64, 127, 64}, "6 bits have the levels ±31, not ±127."},
                            {{31, -15, 31, 15}, "-15.5 was truncated; round half to even."},
                            {{32, -16, 32, 16}, "6 bits have the levels ±31, not ±32."}});
  expect_same<float>("scales", scales_of(stored),
                     {2.0f, float_from_half(half_from_float(1 / 31.f))});
}

TEST(Golf, RefusesAScaleWhoseHalfIsZero) {
  const std::vector<std::int64_t> shape{70000};
  expect_error([&] { (void)golf_store(Floats(70000, 1e-6f), shape, {}); }, "half 0",
               "Given: 1e-6 / 127 rounds to the half 0, and every weight would come back as 0.");
}

TEST(Golf, RefusesAShapeWithImpossibleSizes) {
  (void)golf_store(Floats(4), std::vector<std::int64_t>{2, 2}, {});  // possible ones
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{-2, -2}, {std::int64_t{1} << 32, std::int64_t{1} << 32}}) {
    expect_error([&] { (void)golf_store(Floats(4), shape, {}); }, "",
                 "Given: sizes are at least 0, and their product must fit in 64 bits.");
  }
}

TEST(Golf, RefusesWhatItCannotStore) {
  expect_error(
      [] {
        (void)golf_quantize_rows(Floats{1, 2}, 1, {5, GolfMode::kFixed});
      },
      "8, 6 or 4", "Given: the dialect has three widths.");
  expect_error(
      [] {
        (void)golf_quantize_rows(Floats{1, 2, 3}, 2, {});
      },
      "3 elements", "Given: 3 elements are not 2 rows.");
  expect_error(
      [] {
        (void)golf_quantize_rows(Floats{1e8f, 1e8f}, 1, {});
      },
      "half", "Given: 1e8 / 127 is more than 65504, so its half would be infinity.");
}

TEST(Golf, SmallTensorsPassThrough) {
  const std::int64_t limit = kGolfPassThrough;
  const Floats w(static_cast<std::size_t>(limit), 0.25f);
  const auto stored = golf_store(w, Shape{256, 256}, {});
  EXPECT_TRUE(stored.codes.empty() && stored.scales.empty())
      << "65,536 elements are still stored as halves: the limit belongs to the small ones.";
  ASSERT_EQ(stored.halves.size(), w.size());
  expect_value("half of 0.25", float_from_half(stored.halves[7]), 0.25f);
  expect_error(
      [] {
        (void)golf_store(Floats{0.0f, 7e4f}, Shape{2}, {});
      },
      "element 1", "Given: the half of 7e4 would be infinity.");
}

TEST(Golf, LargeTensorsAreQuantizedByTheirRank) {
  Floats w(2 * 32769, 0.25f);
  w[0] = 254.0f;
  const auto rows = golf_store(w, Shape{2, 32769}, {8, GolfMode::kFaithful});
  ASSERT_EQ(rows.scales.size(), 2u) << "A 2-D tensor has a scale for each of its shape[0] rows.";
  expect_value("code of the second row", rows.codes[40000], std::int8_t{32});
  const Floats flat(65537, 0.25f);
  const auto vector = golf_store(flat, Shape{65537}, {8, GolfMode::kFaithful});
  ASSERT_EQ(vector.scales.size(), 1u) << "Other ranks have one scale for all.";
  expect_value("code of a vector's 0.25", vector.codes[3], std::int8_t{127},
               {{32, "The floor 1/127 is for rows of 2-D tensors; other ranks have none."}});
  const auto zeros = golf_store(Floats(65537, 0.0f), Shape{65537}, {});
  expect_same<float>("scale of zeros", scales_of(zeros), {1.0f},
                     {{{0.0f}, "A clip of 0 has the scale 1, or 0 / 0 becomes NaN."}});
  expect_error(
      [] {
        (void)golf_store(Floats(3), Shape{2, 2}, {});
      },
      "3 elements", "Given: 3 elements are not a 2 × 2 tensor.");
}

}  // namespace
}  // namespace tinytorch::quantization
