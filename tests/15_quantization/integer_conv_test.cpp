// Learner tests of part 11: convolutions, sums and pooling in integers. Small enough to redo by
// hand.
#include "tinytorch/quantization/int8/integer_conv.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/teach.h"

namespace tinytorch::quantization {
namespace {

using kernels::ConvSizes;
using teach::expect_error;
using teach::expect_same;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

ConvSizes with_output(ConvSizes sizes) {
  const auto places = [&](std::int64_t size, std::int64_t kernel) {
    return (size + 2 * sizes.padding - kernel) / sizes.stride + 1;
  };
  sizes.out_height = places(sizes.in_height, sizes.kernel_height);
  sizes.out_width = places(sizes.in_width, sizes.kernel_width);
  return sizes;
}

std::size_t places(const ConvSizes& sizes) {
  return static_cast<std::size_t>(sizes.batch * sizes.out_height * sizes.out_width);
}

// --- 15.36 conv2d_int32 ---

Sums convolved(const Codes& x, std::int32_t zero_point, const Codes& weight, const Sums& bias,
               const ConvSizes& incomplete) {
  const ConvSizes sizes = with_output(incomplete);
  Sums acc(places(sizes) * bias.size(), -999);
  conv2d_int32(x, zero_point, weight, bias, sizes, acc);
  return acc;
}

TEST(Conv2dInt32, AWindowTimesTheKernel) {
  // 1 2 3        1 2     1·1 + 2·2 + 4·3 + 5·4 = 37
  // 4 5 6  with  3 4
  // 7 8 9
  const ConvSizes sizes{.in_height = 3, .in_width = 3, .kernel_height = 2, .kernel_width = 2};
  expect_same<std::int32_t>(
      "acc", convolved({1, 2, 3, 4, 5, 6, 7, 8, 9}, 0, {1, 2, 3, 4}, {100}, sizes),
      {137, 147, 167, 177},
      {{{123, 133, 153, 163},
        "The kernel was flipped: weight[u, v] meets x[i + u, j + v], as in all of deep learning."},
       {{135, 145, 165, 175}, "Rows and columns of the kernel are swapped: u counts rows."},
       {{37, 47, 67, 77}, "The bias is missing."},
       {{120, 124, 132, 136},
        "Only the last product of each window is left: add every one to the sum (+=)."},
       {{437, 447, 467, 477}, "The bias was added for every weight; a sum starts from it, once."},
       {{127, 127, 127, 127}, "Each sum was saturated to int8; keep it in int32."}});
}

TEST(Conv2dInt32, OutsideTheImageIsTheZeroPoint) {
  // The header's example: eight of nine places lie outside. Σ w = 9, so the folded bias is 45.
  const ConvSizes sizes{.kernel_height = 3, .kernel_width = 3, .padding = 1};
  expect_same<std::int32_t>(
      "acc", convolved({7}, -5, Codes(9, 1), {45}, sizes), {12},
      {{{52},
        "Outside the image you took code 0, which here means (0 + 5) steps: real 0.0 has the code "
        "input_zero_point. The folded bias takes it off again for all nine weights."},
       {{62}, "The zero-point's sign is turned: outside the image x is input_zero_point itself."},
       {{-33}, "The bias is missing: -33 + 45 = 12 = 7 - (-5)."},
       {{108}, "Outside the image you read the pixel at the border; it is input_zero_point there."},
       {{57}, "The zero-point was subtracted here as well; folded_bias has done that already."}});
}

TEST(Conv2dInt32, ChannelsLieSideBySide) {
  // Four pixels of two channels: (1, 10), (2, 20), (3, 30), (4, 40). Output 0 adds both channels,
  // output 1 repeats the second.
  const ConvSizes sizes{.in_channels = 2, .in_height = 2, .in_width = 2, .out_channels = 2};
  expect_same<std::int32_t>(
      "acc", convolved({1, 10, 2, 20, 3, 30, 4, 40}, 0, {1, 1, 0, 1}, {0, 0}, sizes),
      {11, 10, 22, 20, 33, 30, 44, 40},
      {{{4, 3, 40, 30, 6, 4, 60, 40},
        "x was read as [N, C, H, W]. Here the channels of a pixel lie side by side: [N, H, W, C]."},
       {{11, 22, 33, 44, 10, 20, 30, 40},
        "acc was written as [N, C, H, W]; the sums of one place lie side by side: [N, H', W', "
        "out]."},
       {{4, 40, 6, 60, 3, 30, 4, 40},
        "x and acc were taken for [N, C, H, W]; here channels come last."},
       {{1, 11, 2, 22, 3, 33, 4, 44},
        "The weight was read as [in, out]; each output has its weights in a row."}});
}

TEST(Conv2dInt32, WeightsHaveTheirChannelsLast) {
  // Two pixels (1, 10) and (100, -5) under a kernel 1 × 2: 1·1 + 10·2 + 100·3 - 5·4.
  const ConvSizes sizes{.in_channels = 2, .in_width = 2, .kernel_width = 2};
  expect_same<std::int32_t>("acc", convolved({1, 10, 100, -5}, 0, {1, 2, 3, 4}, {0}, sizes), {301},
                            {{{211},
                              "The weight was read as [out, in, kh, kw]; it is stored as "
                              "[out, kh, kw, in/groups]."}});
}

TEST(Conv2dInt32, StrideAndPaddingMoveTheWindow) {
  // 4 × 5 pixels 1 … 20, kernel 3 × 3 whose centre alone counts, and its right neighbour ten times.
  Codes x;
  for (int k = 1; k <= 20; ++k) x.push_back(static_cast<std::int8_t>(k));
  const ConvSizes sizes{.in_height = 4,
                        .in_width = 5,
                        .kernel_height = 3,
                        .kernel_width = 3,
                        .stride = 2,
                        .padding = 1};
  expect_same<std::int32_t>(
      "acc", convolved(x, 0, {0, 0, 0, 0, 1, 10, 0, 0, 0}, {0}, sizes), {21, 43, 5, 131, 153, 15},
      {{{87, 109, 0, 197, 219, 0},
        "The padding was not taken off: the window of output 0 begins at -padding."},
       {{21, 32, 43, 76, 87, 98},
        "The stride was ignored: output i looks at rows from i · stride - padding on."}});
}

TEST(Conv2dInt32, GroupsKeepToTheirChannels) {
  // One pixel, channels 1 2 | 3 4; outputs 0 and 1 see the first two, 2 and 3 the others.
  const ConvSizes sizes{.in_channels = 4, .out_channels = 4, .groups = 2};
  expect_same<std::int32_t>(
      "acc", convolved({1, 2, 3, 4}, 0, {1, 1, 2, -1, 10, 1, 1, 10}, {0, 0, 0, 0}, sizes),
      {3, 0, 34, 43},
      {{{3, 0, 12, 21},
        "Every output looked at the first group's channels. Output o belongs to group "
        "o / (out_channels / groups)."},
       {{3, 2, 12, 43},
        "The groups were dealt out in turn (o % groups); outputs of a group lie side by side: "
        "o / (out_channels / groups)."},
       {{3, 3, 23, 43}, "Each output moved on by one channel; a group moves on by in / groups."}});
}

TEST(Conv2dInt32, DepthwiseIsAGroupAChannel) {
  const ConvSizes sizes{.in_channels = 3, .out_channels = 3, .groups = 3};
  expect_same<std::int32_t>("acc", convolved({1, 2, 3}, 0, {5, 6, 7}, {0, 0, 0}, sizes),
                            {5, 12, 21},
                            {{{5, 6, 7}, "Every output looked at the first group's channel."}});
}

TEST(Conv2dInt32, EveryImageOfTheBatch) {
  const ConvSizes sizes{.batch = 2, .in_width = 2};
  expect_same<std::int32_t>("acc", convolved({1, 2, 3, 4}, 0, {10}, {0}, sizes), {10, 20, 30, 40},
                            {{{10, 20, 10, 20},
                              "Image 1 shows image 0: n is missing in the index "
                              "((n · height + row) · width + column) · C + c."}});
}

TEST(Conv2dInt32, SumsInThirtyTwoBits) {
  const ConvSizes sizes{
      .in_channels = 64, .in_height = 3, .in_width = 3, .kernel_height = 3, .kernel_width = 3};
  expect_same<std::int32_t>(
      "acc", convolved(Codes(576, 127), 0, Codes(576, 127), {1}, sizes), {9290305},
      {{{32767}, "The sum saturated in int16; accumulate in int32."},
       {{577}, "127 · 127 wrapped around in int8 (to 1): widen before multiplying."},
       {{static_cast<std::int16_t>(9290304) + 1},
        "The sum wrapped around in int16; accumulate in int32."}});
}

TEST(Conv2dInt32, RefusesShapesThatDoNotFit) {
  const auto call = [](std::size_t x, std::size_t weight, std::size_t bias, std::size_t room,
                       const ConvSizes& sizes) {
    Sums acc(room);
    conv2d_int32(Codes(x), 0, Codes(weight), Sums(bias), sizes, acc);
  };
  const ConvSizes sizes = with_output({.in_channels = 2, .in_width = 3, .kernel_width = 2});
  call(6, 4, 1, 2, sizes);  // these fit
  expect_error([&] { call(5, 4, 1, 2, sizes); }, "x has 5",
               "Given: a 1 × 3 image of 2 channels has 6 codes.");
  expect_error([&] { call(6, 4, 2, 2, sizes); }, "folded_bias has 2",
               "Given: one output has one bias.");
  ConvSizes wrong = sizes;
  wrong.out_width = 3;
  expect_error([&] { call(6, 4, 1, 3, wrong); }, "3",
               "Given: three windows do not fit into the line.");
}

// --- 15.37 im2col_codes ---

Codes windows(const Codes& x, std::int32_t zero_point, const ConvSizes& incomplete) {
  const ConvSizes sizes = with_output(incomplete);
  const std::int64_t window =
      sizes.kernel_height * sizes.kernel_width * sizes.in_channels / sizes.groups;
  Codes rows(places(sizes) * static_cast<std::size_t>(window), 99);
  im2col_codes(x, zero_point, sizes, rows);
  return rows;
}

TEST(Im2colCodes, ARowForEveryWindow) {
  // 1 2 3     windows  1 2   2 3
  // 4 5 6              4 5   5 6
  const ConvSizes sizes{.in_height = 2, .in_width = 3, .kernel_height = 2, .kernel_width = 2};
  expect_same<std::int8_t>(
      "rows", windows({1, 2, 3, 4, 5, 6}, 0, sizes), {1, 2, 4, 5, 2, 3, 5, 6},
      {{{1, 2, 2, 3, 4, 5, 5, 6},
        "Each window became a column. Here a window is a row, as linear_int32 reads its input."},
       {{5, 4, 2, 1, 6, 5, 3, 2}, "The windows are flipped; the convolution does not flip them."},
       {{1, 4, 2, 5, 2, 5, 3, 6}, "Rows and columns of the window are swapped: u before v."}});
}

TEST(Im2colCodes, TheChannelsOfAPlaceStayTogether) {
  // Two pixels of two channels under one window: the order (u, v, c) is that of x itself.
  const ConvSizes sizes{.in_channels = 2, .in_width = 2, .kernel_width = 2};
  expect_same<std::int8_t>(
      "rows", windows({1, 10, 2, 20}, 0, sizes), {1, 10, 2, 20},
      {{{1, 2, 10, 20},
        "The channels are outermost. A row is ordered (u, v, c), as the weights are."}});
}

TEST(Im2colCodes, OutsideTheImageIsTheZeroPoint) {
  const ConvSizes sizes{.kernel_height = 3, .kernel_width = 3, .padding = 1};
  expect_same<std::int8_t>(
      "rows", windows({7}, -5, sizes), {-5, -5, -5, -5, 7, -5, -5, -5, -5},
      {{{0, 0, 0, 0, 7, 0, 0, 0, 0},
        "Outside the image you wrote code 0; real 0.0 has the code "
        "input_zero_point."},
       {{7, 7, 7, 7, 7, 7, 7, 7, 7},
        "Outside the image you repeated the border; it is input_zero_point."}});
}

TEST(Im2colCodes, WindowsAStrideApart) {
  const ConvSizes sizes{.batch = 2, .in_width = 4, .kernel_width = 2, .stride = 2};
  expect_same<std::int8_t>(
      "rows", windows({1, 2, 3, 4, 5, 6, 7, 8}, 0, sizes), {1, 2, 3, 4, 5, 6, 7, 8},
      {{{1, 2, 2, 3, 5, 6, 6, 7}, "The windows stand one place apart: their distance is stride."},
       {{1, 2, 3, 4, 1, 2, 3, 4}, "Image 1 shows image 0: n is missing in the index."}});
}

TEST(Im2colCodes, SizesMustFitAndGroupsBeOne) {
  Codes four(4);
  im2col_codes(Codes(4), 0, with_output({.in_height = 2, .in_width = 2}), four);  // these fit
  expect_error(
      [] {
        (void)windows({1, 2}, 0, {.in_channels = 2, .out_channels = 2, .groups = 2});
      },
      "groups must be 1", "Given: two groups see different channels.");
  expect_error(
      [] {
        Codes rows(3);
        im2col_codes(Codes(4), 0, with_output({.in_height = 2, .in_width = 2}), rows);
      },
      "rows has 3", "Given: four windows of one code need room for 4.");
}

// --- 15.38 activation_range ---

// Both ends as two numbers.
Sums ends(Activation activation, QParams output, QRange range = full_range(8)) {
  const QRange got = activation_range(activation, output, range);
  return {got.qmin, got.qmax};
}

TEST(ActivationRange, AReluRaisesTheLowerEnd) {
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu, {0.1f, -100}), {-100, 127},
      {{{-128, 127},
        "Nothing changed: real 0.0 has the code zero_point, and nothing may lie below."},
       {{0, 127}, "The range was cut at code 0; real 0.0 has the code zero_point."},
       {{-128, -100}, "The upper end was lowered; a ReLU cuts below 0.0."},
       {{-100, -40}, "A ReLU has no upper end; that is kRelu6."},
       {{-28, 127}, "The zero-point was counted from qmin; it is a code already."}});
}

TEST(ActivationRange, NoActivationNoChange) {
  expect_same<std::int32_t>(
      "range", ends(Activation::kNone, {0.1f, -100}, {-128, 80}), {-128, 80},
      {{{-100, 80}, "kNone leaves the range as it is; there is no ReLU."},
       {{-128, 127}, "The range's upper end was lost: start from the range you were given."}});
}

TEST(ActivationRange, ReluSixLowersTheUpperEndToo) {
  // 6.0 / 0.1 = 60 steps above -100.
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu6, {0.1f, -100}), {-100, -40},
      {{{-100, 127}, "The upper end of ReLU6 was forgotten: 6.0 has a code too."},
       {{-100, 60}, "6 / scale counts steps above 0.0: add the zero-point."},
       {{-100, 6}, "6 is a real number, not a code: 6 / scale + zero_point."},
       {{-100, -94}, "6 is a real number, not six codes: divide it by the scale."},
       {{-128, -40}, "The lower end was forgotten: ReLU6 is a ReLU as well."}});
}

TEST(ActivationRange, NeverWidensTheRange) {
  // 6.0 lies beyond the last code, and the calibrated codes begin above the zero-point.
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu6, {0.01f, -8}, {-8, 7}), {-8, 7},
      {{{-8, 592}, "592 is not a code of this range: keep the smaller of the two upper ends."}});
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu, {1.0f, -20}, {-10, 50}), {-10, 50},
      {{{-20, 50}, "The range grew: keep the larger of the two lower ends."}});
}

TEST(ActivationRange, SixIsRoundedBeforeTheZeroPoint) {
  // 6 / 4 = 1.5 → 2, one above the zero-point 1 makes 3. And 6 / 12 = 0.5 → 0.
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu6, {4.0f, 1}), {1, 3},
      {{{1, 2},
        "1.5 + 1 = 2.5 was rounded, or 1.5 was truncated: round 6 / scale (half to even), "
        "then add the zero-point."}});
  expect_same<std::int32_t>("range", ends(Activation::kRelu6, {12.0f, 0}), {0, 0},
                            {{{0, 1}, "0.5 was rounded away from 0; it is a tie, half to even."}});
}

TEST(ActivationRange, ATinyScaleDoesNotOverflow) {
  // 6e12 steps have no int32.
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu6, {1e-12f, -128}), {-128, 127},
      {{{-128, std::numeric_limits<std::int32_t>::min()},
        "6e12 was converted to int32, which has no such number: take the minimum as a float, then "
        "convert."}});
  expect_same<std::int32_t>(
      "range", ends(Activation::kRelu6, {1e-12f, 0}), {0, 127},
      {{{0, std::numeric_limits<std::int32_t>::min()},
        "6e12 was converted to int32, which has no such number: take the minimum as a float, then "
        "convert."}});
}

// --- 15.39 add_codes, add_codes_tflite ---

const AddGrids kGrids{.a = {0.5f, 2}, .b = {0.25f, 0}, .output = {0.5f, 3}};

using Add = void (*)(std::span<const std::int8_t>, std::span<const std::int8_t>, const AddGrids&,
                     QRange, std::span<std::int8_t>);

Codes added(Add add, const Codes& a, const Codes& b, const AddGrids& grids,
            QRange range = full_range(8)) {
  Codes out(a.size(), 99);
  add(a, b, grids, range, out);
  return out;
}

TEST(AddCodes, ThreeGridsMeet) {
  // (6 - 2) · 0.5 + (8 - 0) · 0.25 = 2 + 2 = 4 → 4 / 0.5 + 3 = 11, and so on; no ties.
  const Codes a = {6, 2, -4};
  const Codes b = {8, 4, 20};
  const std::vector<teach::Suspicion<std::int8_t>> suspicions = {
      {{14, 6, 16}, "The codes themselves were added; they count steps of different sizes."},
      {{15, 7, 17}, "The steps were added as if both grids had the same: multiply by each scale."},
      {{13, 7, 9}, "The zero-point of a is missing: real = (code - zero_point) · scale."},
      {{8, 2, 4}, "The output's zero-point is missing."},
      {{7, 4, 5}, "The sum is a real number: divide it by the output's scale."},
      {{5, 4, 4}, "Multiplied by the output's scale; divide by it."},
      {{3, 3, 3},
       "Only the output's zero-point is left: each difference is shifted left by 20 first."}};
  expect_same<std::int8_t>("add_codes", added(add_codes, a, b, kGrids), {11, 5, 7}, suspicions);
  expect_same<std::int8_t>("add_codes_tflite", added(add_codes_tflite, a, b, kGrids), {11, 5, 7},
                           suspicions);
}

TEST(AddCodes, TiesInDialectOrt) {
  // Sums of 9.5, 8.5, 0.5, -7.5 and -0.5 output steps, with an odd zero-point.
  expect_same<std::int8_t>(
      "codes", added(add_codes, {10, 10, 2, -6, 2}, {3, 1, 1, 1, -1}, kGrids), {13, 11, 3, -5, 3},
      {{{13, 12, 4, -5, 2}, "Ties went away from zero; this dialect rounds half to even."},
       {{12, 12, 4, -4, 2},
        "The zero-point was added before rounding: ties fall to the other side."},
       {{12, 11, 3, -4, 3}, "The quotient was truncated; round it."},
       {{13, 11, 3, -5, 2},
        "-0.5 went to -1: round half to even with std::nearbyint, on both sides of 0."}});
}

TEST(AddCodes, TiesInDialectTflite) {
  expect_same<std::int8_t>(
      "codes", added(add_codes_tflite, {10, 10, 2, -6, 2}, {3, 1, 1, 1, -1}, kGrids),
      {13, 12, 4, -5, 2},
      {{{13, 11, 3, -5, 3}, "Ties went to even: that is dialect ort. ×M rounds away from zero."},
       {{13, 12, 4, -4, 3}, "Negative ties went up: RDBP sends them away from zero."}});
}

TEST(AddCodes, OrtRoundsEveryStepToFloat) {
  // -90 · 0.05f - 52 · 0.07f = -8.14: over 0.44f exactly the tie -18.5 in float, a little more in
  // double.
  const AddGrids grids{.a = {0.05f, 0}, .b = {0.07f, 0}, .output = {0.44f, 0}};
  expect_same<std::int8_t>("codes", added(add_codes, {-90}, {-52}, grids), {-18},
                           {{{-19},
                             "Computed in double: products, sum and quotient are floats in the "
                             "deployed kernel."}});
}

TEST(AddCodes, OrtDividesByTheScale) {
  // 1 / 0.16f is itself rounded, and a product with it is rounded once more.
  const AddGrids grids{.a = {0.2f, 0}, .b = {0.23f, 0}, .output = {0.16f, 0}};
  expect_same<std::int8_t>("codes", added(add_codes, {-11}, {-20}, grids), {-43},
                           {{{-42},
                             "Multiplied by the reciprocal of the output's scale, which is itself "
                             "rounded: divide."}});
}

TEST(AddCodes, OperandsMeetBeforeTheyAreRounded) {
  // 100 · 0.001 is 0.4 steps of the output; twice that is 0.8.
  const AddGrids grids{.a = {0.001f, 0}, .b = {0.001f, 0}, .output = {0.25f, 0}};
  for (const Add add : {Add{add_codes}, Add{add_codes_tflite}}) {
    expect_same<std::int8_t>(
        "codes", added(add, {100, -100}, {100, -100}, grids), {1, -1},
        {{{0, 0},
          "Each operand was rounded before they met, and 0.4 + 0.4 became 0 + 0. In integers that "
          "is what the shift by 20 is for: 20 bits below the point."}});
  }
}

TEST(AddCodes, SaturatesToTheRange) {
  const QRange relu{3, 127};
  for (const Add add : {Add{add_codes}, Add{add_codes_tflite}}) {
    expect_same<std::int8_t>(
        "codes", added(add, {127, -128, 2, -20}, {126, -128, 0, -4}, kGrids, relu), {127, 3, 3, 3},
        {{{127, -128, 3, -21}, "The range's lower end was ignored: codes stop at qmin."},
         {{-65, 65, 3, -21}, "The code wrapped around in int8: clamp it while it is still wide."},
         {{127, 0, 3, 0}, "The activation cut codes at 0; real 0.0 is the zero-point."}});
  }
}

TEST(AddCodes, ArgumentsMustFitTogether) {
  for (const Add add : {Add{add_codes}, Add{add_codes_tflite}}) {
    (void)added(add, {1, 2}, {3, 4}, kGrids);  // these do
  }
  for (const Add add : {Add{add_codes}, Add{add_codes_tflite}}) {
    expect_error(
        [&] {
          (void)added(add, {1, 2, 3}, {1, 2}, kGrids);
        },
        "b has 2 elements", "Given: three codes and two cannot be added one by one.");
    for (const QParams invalid : {QParams{0.0f, 0}, QParams{1.0f, 1 << 30}}) {
      const AddGrids grids{.a = invalid, .b = {1.0f, 0}, .output = {1.0f, 0}};
      expect_error([&] { (void)added(add, {1}, {1}, grids); }, "",
                   "Given: scale must be positive, and zero_point a code.");
    }
  }
  const AddGrids tiny{.a = {1.0f, 0}, .b = {1.0f, 0}, .output = {0x1p-20f, 0}};
  expect_error([&] { (void)added(add_codes_tflite, {1}, {1}, tiny); }, "must be worth less",
               "Given: 2 / (2^20 · 2^-20) = 2 asks for a left shift, and ×M only shifts right.");
}

// --- 15.40 max_pool_codes, average_pool_codes ---

ConvSizes pooling(std::int64_t channels, std::int64_t height, std::int64_t width,
                  std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0) {
  return with_output({.in_channels = channels,
                      .in_height = height,
                      .in_width = width,
                      .out_channels = channels,
                      .kernel_height = kernel,
                      .kernel_width = kernel,
                      .stride = stride,
                      .padding = padding,
                      .groups = channels});
}

Codes max_pooled(const Codes& x, const ConvSizes& sizes) {
  Codes out(places(sizes) * static_cast<std::size_t>(sizes.out_channels), 99);
  max_pool_codes(x, sizes, out);
  return out;
}

Codes average_pooled(const Codes& x, std::int32_t zero_point, const ConvSizes& sizes,
                     Dialect dialect, QRange range = full_range(8)) {
  Codes out(places(sizes) * static_cast<std::size_t>(sizes.out_channels), 99);
  average_pool_codes(x, zero_point, range, sizes, dialect, out);
  return out;
}

TEST(PoolCodes, TheLargestCodeOfEachWindow) {
  // Two channels of 2 × 4 pixels, all below 0 in the second.
  const Codes x = {1, -1, 5, -2, 9, -3, 2, -4, 3, -5, 4, -6, 7, -7, 8, -8};
  expect_same<std::int8_t>(
      "codes", max_pooled(x, pooling(2, 2, 4, 2, 2)), {5, -1, 9, -3},
      {{{5, 0, 9, 0}, "The maximum started at 0, which no negative code beats: start at -128."},
       {{1, -6, 2, -8}, "Those are the smallest codes."},
       {{5, 4, 9, 8}, "The channels were mixed: each has a maximum of its own."},
       {{9, 7, 5, 8}, "x was read as [N, C, H, W]; here channels come last."}});
}

TEST(PoolCodes, WindowsMayOverlap) {
  expect_same<std::int8_t>("codes", max_pooled({1, 2, 3, 4, 9, 6, 7, 8, 5}, pooling(1, 3, 3, 2, 1)),
                           {9, 9, 9, 9},
                           {{{9, 6, 8, 5},
                             "The windows stand a kernel apart; their distance is "
                             "the stride, here 1."}});
}

TEST(PoolCodes, PaddingNeverWins) {
  // Every window of the 2 × 2 image sees places outside.
  expect_same<std::int8_t>("codes", max_pooled({-10, -20, -30, -40}, pooling(1, 2, 2, 3, 2, 1)),
                           {-10},
                           {{{0}, "A place outside took part as code 0: leave those places out."}});
  expect_same<std::int8_t>("codes", max_pooled({-128, -20, -30, -40}, pooling(1, 2, 2, 2, 1, 1)),
                           {-128, -20, -20, -30, -20, -20, -30, -30, -40},
                           {{{-20, -20, -128, -30, -40, -128, -128, -128, -128},
                             "The padding was ignored: window i begins at i · stride - padding."}});
}

TEST(PoolCodes, EveryImageOfTheBatch) {
  ConvSizes sizes = pooling(1, 1, 2, 1, 1);
  sizes.batch = 2;
  expect_same<std::int8_t>("codes", max_pooled({1, 2, 3, 4}, sizes), {1, 2, 3, 4},
                           {{{1, 2, 1, 2}, "Image 1 shows image 0: n is missing in the index."}});
}

TEST(PoolCodes, TheMeanOfEachWindow) {
  // Zero-point -3: (4 + 8 + 12 + 16) steps of four places are 10, again over -3.
  expect_same<std::int8_t>(
      "codes", average_pooled({1, 5, 9, 13}, -3, pooling(1, 2, 2, 2, 2), Dialect::kOrt), {7},
      {{{10}, "The zero-point was taken off and not put back."},
       {{28}, "The sum was not divided by the number of places."},
       {{37}, "The sum was not divided by the number of places."},
       {{4}, "The zero-point was added to a mean of codes, which contains it already."}});
}

TEST(PoolCodes, TiesOfTheMeanBelongToTheDialect) {
  // Windows of 2 × 2 places; means of 2.5, 1.5, 0.5, -0.5, -2.5 steps over 1.
  const Codes x = {11, 1, 7, 1, 3, 1, -1, 1, -9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const ConvSizes sizes = pooling(1, 2, 10, 2, 2);
  const std::string before =
      "The zero-point took part in the rounding: round the mean of "
      "(x - zero_point), then add it.";
  expect_same<std::int8_t>(
      "codes of dialect ort", average_pooled(x, 1, sizes, Dialect::kOrt), {3, 3, 1, 1, -1},
      {{{4, 3, 2, 0, -2},
        "Ties went away from zero: that is dialect tflite. ort has half to even."},
       {{3, 2, 1, 1, -1}, "The quotient was truncated: divide floats, then round."},
       {{4, 2, 2, 0, -2}, before}});
  expect_same<std::int8_t>(
      "codes of dialect tflite", average_pooled(x, 1, sizes, Dialect::kTflite), {4, 3, 2, 0, -2},
      {{{3, 3, 1, 1, -1}, "Ties went to even: that is dialect ort. tflite rounds away from zero."},
       {{4, 3, 2, 1, -1}, "Negative ties went up: below 0 the half is subtracted, sum - n/2."},
       {{3, 2, 1, 1, -1}, "The quotient was truncated: add half of n with the sum's sign first."},
       {{4, 3, 2, 1, -2}, before}});
}

TEST(PoolCodes, TfliteRoundsToTheNearestBelowZeroToo) {
  // Sums of -7, -6, -5 over 4 places: -1.75, -1.5, -1.25.
  const Codes x = {-7, 0, -6, 0, -5, 0, 0, 0, 0, 0, 0, 0};
  expect_same<std::int8_t>(
      "codes", average_pooled(x, 0, pooling(1, 2, 6, 2, 2), Dialect::kTflite), {-2, -2, -1},
      {{{-1, -1, 0},
        "n/2 was added below 0 too, and the division truncated upwards: subtract it there."},
       {{-1, -1, -1}, "The quotient was truncated: add half of n with the sum's sign first."}});
}

TEST(PoolCodes, PlacesOutsideCountAsZero) {
  // One pixel, worth 40 - (-50) = 90 steps, in a window of nine places.
  const ConvSizes sizes = pooling(1, 1, 1, 3, 1, 1);
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    expect_same<std::int8_t>(
        "codes", average_pooled({40}, -50, sizes, dialect), {-40},
        {{{40}, "Divided by the places inside only; all nine count, eight of them as 0.0."},
         {{4}, "Outside counted as code 0; real 0.0 is the zero-point, which adds nothing."},
         {{10}, "The zero-point was taken off and not put back."}});
  }
}

TEST(PoolCodes, TheMeanSaturatesToTheRange) {
  expect_same<std::int8_t>("codes",
                           average_pooled({-100, -100, 100, 100, -100, -100, 100, 100}, 0,
                                          pooling(1, 2, 4, 2, 2), Dialect::kOrt, {-10, 50}),
                           {-10, 50},
                           {{{-100, 100}, "The range was ignored: codes stop at its ends."}});
}

TEST(PoolCodes, SizesMustFit) {
  const ConvSizes sizes = pooling(1, 2, 2, 2, 2);
  (void)max_pooled({1, 2, 3, 4}, sizes);  // these do
  expect_error(
      [&] {
        (void)max_pooled({1, 2, 3}, sizes);
      },
      "3", "Given: a 2 × 2 image has 4 codes.");
  expect_error([] { (void)max_pooled({1}, pooling(1, 1, 1, 1, 1, 1)); }, "padding",
               "Given: a window of one place outside the image has no largest code.");
}

TEST(PoolCodes, RefusesASumThatCouldOverflow) {
  (void)average_pooled(Codes(4, 127), -128, pooling(1, 2, 2, 2, 2), Dialect::kOrt);  // this fits
  const ConvSizes sizes = pooling(1, 2900, 2900, 2900, 1);
  expect_error([&] { (void)average_pooled(Codes(2900 * 2900, 127), -128, sizes, Dialect::kOrt); },
               "8410000", "Given: 2900² · 255 does not fit in int32.");
}

}  // namespace
}  // namespace tinytorch::quantization
