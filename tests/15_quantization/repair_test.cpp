// Learner tests of part 9: even out the weights, take off the shift.
#include "tinytorch/quantization/qat/repair.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/support/teach.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_same;
using Floats = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A layer that owns what a LayerView shows.
struct Layer {
  Floats weight;
  Floats bias;
  std::int64_t columns = 1;
  bool depthwise = false;

  LayerView view() { return {weight, bias, columns, depthwise}; }
};

void require(bool condition, const std::string& message,
             const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}

// --- 15.30 output_ranges, input_ranges, equalizing_scales ---

TEST(EqualizingScales, RowsMakeChannelsAndColumnsReadThem) {
  Layer layer{{1, -8, 3, 0.5f, 0.25f, -2}, {100, -100}};
  expect_same<float>(
      "output_ranges of {1, -8, 3}, {0.5, 0.25, -2}", output_ranges(layer.view()), {8, 2},
      {{{3, 0.5f}, "-8 is the largest magnitude of row 0: take std::abs of each weight."},
       {{100, 100}, "The bias does not count towards the range: only weights are rounded here."},
       {{8, 8}, "Each row has a maximum of its own."}});
  expect_same<float>("input_ranges of the same", input_ranges(layer.view()), {1, 8, 3},
                     {{{8, 2}, "Those are the rows. Input channel c is read by column c."},
                      {{1, 0.25f, 3}, "Take std::abs of each weight: -8 is large, not small."}});
}

TEST(EqualizingScales, AConvolutionReadsAChannelWithSeveralColumns) {
  // Two outputs, two input channels, kernels of 1 × 3.
  Layer conv{{1, 2, 3, 10, 20, 30, -4, 0, 0, 5, 0, 0}, {0, 0}, 3};
  expect_same<float>(
      "output_ranges", output_ranges(conv.view()), {30, 5},
      {{{3, 30}, "A row has weight.size() / bias.size() = 6 columns, not columns_per_input."}});
  const Floats read = input_ranges(conv.view());
  require(read.size() == 2, std::to_string(read.size()) +
                                " input ranges for 2 channels: columns_per_input = 3 columns read "
                                "one channel, column j reads channel j / 3");
  if (::testing::Test::HasFailure()) return;
  expect_same<float>(
      "input_ranges", read, {4, 30},
      {{{20, 30},
        "Column j reads channel j / 3, not j % 2: the columns of a kernel stand side by side."},
       {{3, 30}, "Only row 0 was looked at: every row may read the channel."}});
}

TEST(EqualizingScales, ADepthwiseRowReadsItsOwnChannelOnly) {
  Layer depthwise{{1, 2, 3, -9, 4, 5}, {0, 0}, 3, true};
  const Floats read = input_ranges(depthwise.view());
  require(read.size() == 2, std::to_string(read.size()) +
                                " input ranges for 2 channels: in a depthwise layer row c reads "
                                "input channel c alone, so its input ranges are its rows'");
  if (::testing::Test::HasFailure()) return;
  expect_same<float>("input_ranges, depthwise, 2 channels of 3", read, {3, 9});
}

TEST(EqualizingScales, MeetInTheMiddle) {
  expect_same<float>(
      "scales of r1 = 8, 2, 0.5 and r2 = 0.5, 2, 8",
      equalizing_scales(Floats{8, 2, 0.5f}, Floats{0.5f, 2, 8}), {4, 1, 0.25f},
      {{{0.25f, 1, 4},
        "Upside down: s = √(r1·r2) / r2, so that r1 / s and r2 · s are both √(r1·r2)."},
       {{16, 1, 0.0625f}, "That is r1 / r2; s is its square root."},
       {{2, 2, 2}, "That is √(r1·r2), where the two meet; divide it by r2."}});
}

TEST(EqualizingScales, StayInRangeWhereFloatWouldNot) {
  // The products of the ranges are 1e50 and 1e-50: float has neither.
  const Floats scales = equalizing_scales(Floats{1e30f, 1e-30f}, Floats{1e20f, 1e-20f});
  require(std::isfinite(scales[0]), "r1 · r2 overflowed in float: take the product in double");
  require(scales[1] > 0.0f, "r1 · r2 vanished in float: take the product in double");
  expect_near("scales of 1e30 / 1e20 and 1e-30 / 1e-20 as multiples of 1e5 and 1e-5",
              Floats{scales[0] * 1e-5f, scales[1] * 1e5f}, {1, 1}, 1e-5f);
}

TEST(EqualizingScales, AChannelOfZerosKeepsItsSize) {
  expect_same<float>("scales where a range is 0",
                     equalizing_scales(Floats{0, 3, 0}, Floats{5, 0, 0}), {1, 1, 1},
                     {{{0, 1, 1}, "r1 = 0 gave s = 0, and the bias is divided by it: use 1."}});
}

TEST(EqualizingScales, LayersMustFitTogether) {
  (void)equalizing_scales(Floats{1, 2}, Floats{1, 2});  // these do
  expect_error(
      [] {
        (void)equalizing_scales(Floats{1, 2}, Floats{1});
      },
      "equal, got 2 and 1", "Given: two channels come out and one goes in.");
  expect_error([] { (void)equalizing_scales(Floats{3e38f}, Floats{1e-45f}); }, "channel 0",
               "Given: s is infinite, and 0 times it NaN.");
  expect_error(
      [] {
        Layer layer{{1, 2, 3}, {0}, 2};
        (void)input_ranges(layer.view());
      },
      "3 weights of a row", "Given: a row of 3 does not divide into 2 columns for each input.");
  expect_error(
      [] {
        Layer layer{{1, kNan}, {0}};
        (void)output_ranges(layer.view());
      },
      "weight[1] must be finite", "Given: NaN never wins a comparison.");
}

// --- 15.31 equalize_pair ---

TEST(EqualizePair, MovesSizeByHand) {
  // y = 0.5 · relu(8·x + 4) + 7  →  y = 2 · relu(2·x + 1) + 7
  Layer first{{8}, {4}};
  Layer second{{0.5f}, {7}};
  const Floats s = equalize_pair(first.view(), second.view(), Between::kRelu);
  expect_same<float>("the factor", s, {4});
  expect_same<float>("first weight", first.weight, {2},
                     {{{8}, "Nothing was divided."}, {{32}, "Divide before, multiply behind."}});
  expect_same<float>("first bias", first.bias, {1},
                     {{{4}, "The bias makes channel c too: relu(x / s) needs all of x divided."},
                      {{16}, "The bias goes with its row: divide it."}});
  expect_same<float>("second weight", second.weight, {2},
                     {{{0.5f}, "What reads the channel must be multiplied, or it is lost."}});
  expect_same<float>("second bias", second.bias, {7}, {{{28}, "The second bias reads nothing."}});
}

Tensor run(const Layer& layer, const Tensor& x) {
  const auto out = static_cast<std::int64_t>(layer.bias.size());
  const auto in = static_cast<std::int64_t>(layer.weight.size()) / out;
  const Tensor w(Shape{out, in}, layer.weight);
  return ops::add(ops::matmul(x, w, kernels::Trans::kNo, kernels::Trans::kYes),
                  Tensor(Shape{out}, layer.bias));
}

Floats values_of(const Tensor& tensor) { return {tensor.data().begin(), tensor.data().end()}; }

Layer random_layer(Rng& rng, std::int64_t out, std::int64_t in) {
  Layer layer{Floats(static_cast<std::size_t>(out * in)), Floats(static_cast<std::size_t>(out))};
  for (float& w : layer.weight) w = rng.normal();
  for (float& b : layer.bias) b = rng.normal();
  return layer;
}

// Channel c of `layer` made larger by 4^(c % 5 - 2).
void pull_apart(Layer& layer) {
  const std::size_t columns = layer.weight.size() / layer.bias.size();
  std::size_t at = 0;
  for (float& w : layer.weight) {
    w *= std::pow(4.0f, static_cast<float>(at++ / columns % 5) - 2.0f);
  }
}

TEST(EqualizePair, TheNetworkComputesWhatItDid) {
  const autograd::NoGradGuard no_grad;
  Rng rng(31);
  Layer first = random_layer(rng, 10, 6);
  pull_apart(first);
  Layer second = random_layer(rng, 4, 10);
  const Tensor x = Tensor::randn(Shape{20, 6}, rng);
  const Floats before = values_of(run(second, ops::relu(run(first, x))));
  equalize_pair(first.view(), second.view(), Between::kRelu);
  expect_near("outputs after equalization", values_of(run(second, ops::relu(run(first, x)))),
              before, 1e-3f);
  const Floats r1 = output_ranges(first.view());
  expect_near("output ranges against input ranges", r1, input_ranges(second.view()), 1e-4f);
}

TEST(EqualizePair, WorksThroughConvolutions) {
  const autograd::NoGradGuard no_grad;
  Rng rng(32);
  nn::Conv2d first(2, 5, 3, {.padding = 1}, rng);
  nn::Conv2d middle(5, 5, 3, {.padding = 1, .groups = 5}, rng);  // depthwise
  nn::Conv2d last(5, 3, 3, {}, rng);
  const auto view = [](const nn::Conv2d& conv, bool depthwise) {
    Tensor weight = conv.weight();
    Tensor bias = conv.bias();
    return LayerView{weight.data(), bias.data(), conv.kernel().area(), depthwise};
  };
  for (std::size_t c = 0; c < 5; ++c) {
    for (std::size_t k = 0; k < 18; ++k) {
      view(first, false).weight[c * 18 + k] *= std::pow(3.0f, static_cast<float>(c));
    }
  }
  const Tensor x = Tensor::randn(Shape{2, 2, 6, 6}, rng);
  const auto forward = [&] {
    return values_of(last.forward(ops::relu(middle.forward(ops::relu(first.forward(x))))));
  };
  const Floats before = forward();
  float largest = 0.0f;
  for (const float y : before) largest = std::max(largest, std::abs(y));
  equalize_pair(view(first, false), view(middle, true), Between::kRelu);
  expect_near("outputs after equalizing a convolution and the depthwise one behind it", forward(),
              before, 1e-5f * largest);
  equalize_pair(view(middle, true), view(last, false), Between::kRelu);
  expect_near("outputs after equalizing the depthwise one and the convolution behind it", forward(),
              before, 1e-5f * largest);
}

// The part of the weights that 8 bits with one scale for the whole layer would round to 0.
float lost_part(const Layer& layer) {
  float max_abs = 0.0f;
  for (const float w : layer.weight) max_abs = std::max(std::abs(w), max_abs);
  std::size_t lost = 0;
  for (const float w : layer.weight) lost += std::abs(w) < 0.5f * max_abs / 127.0f ? 1 : 0;
  return static_cast<float>(lost) / static_cast<float>(layer.weight.size());
}

TEST(EqualizePair, OneRulerFitsAllRowsAfterwards) {
  Rng rng(33);
  Layer first = random_layer(rng, 10, 6);
  pull_apart(first);
  Layer second = random_layer(rng, 4, 10);
  const float before = lost_part(first);
  equalize_pair(first.view(), second.view(), Between::kRelu);
  const float after = lost_part(first);
  require(before > 0.15f && after < 0.1f,
          "with one scale for all rows " + teach::show(100.0f * before) +
              " % of the first weight's codes were 0, afterwards " + teach::show(100.0f * after) +
              " %; rows that were too small for the ruler should have grown");
}

TEST(EqualizePair, RefusesRelu6AndChangesNothing) {
  Layer first{{8}, {4}};
  Layer second{{0.5f}, {7}};
  expect_error([&] { (void)equalize_pair(first.view(), second.view(), Between::kRelu6); }, "relu6",
               "min(8·x, 6) is not 8·min(x, 6): the network would compute something else.");
  expect_same<float>("first weight after a refusal", first.weight, {8});
  // A linear pair needs no activation at all.
  equalize_pair(first.view(), second.view(), Between::kNothing);
  expect_same<float>("first weight, nothing between", first.weight, {2});
}

TEST(EqualizePair, RefusesABiasThatOverflows) {
  // s = √(1e-30 · 1e30) / 1e30 = 1e-30, and 1e20 / 1e-30 does not fit in a float.
  Layer first{{1e-30f}, {1e20f}};
  Layer second{{1e30f}, {0}};
  expect_error([&] { (void)equalize_pair(first.view(), second.view(), Between::kRelu); }, "bias",
               "An infinite bias would be found much later: look before you divide, with "
               "require_quotients().");
  expect_same<float>("first weight after a refusal", first.weight, {1e-30f},
                     {{{1.0f}, "Refuse before you change anything."}});
}

TEST(EqualizePair, RefusesLayersThatDoNotMeet) {
  Layer first{{1, 2}, {0, 0}};
  Layer second{{1, 2, 3}, {0}};
  expect_error([&] { (void)equalize_pair(first.view(), second.view(), Between::kRelu); }, "2",
               "Given by equalizing_scales(): 2 channels come out and 3 go in.");
}

// --- 15.32 correct_bias ---

Floats corrected(Floats bias, const Floats& reference, const Floats& quantized) {
  correct_bias(bias, reference, quantized);
  return bias;
}

TEST(CorrectBias, AddsWhatTheMeanHasLost) {
  // Three rows, two channels. Channel 0 fell from a mean of 2 to 1.5, channel 1 rose from 0 to 2.
  expect_same<float>(
      "bias", corrected({10, 20}, {1, -1, 2, 1, 3, 0}, {0.5f, 1, 1.5f, 3, 2.5f, 2}), {10.5f, 18},
      {{{9.5f, 22}, "The sign is turned: where the outputs fell, the bias must rise."},
       {{0.5f, -2}, "The bias itself is lost: add the difference to it."},
       {{11.5f, 14}, "Divide the sum of the differences by the number of rows."},
       {{9.25f, 19.25f}, "One shift for all: each channel has its own."},
       {{static_cast<float>(10.0 - 1.0 / 3.0), static_cast<float>(20.0 - 3.5 / 3.0)},
        "The channels take turns: value i belongs to channel i % bias.size(), not to i / rows."},
       {{10.25f, 19}, "Divide by the number of rows, not by the number of values."}});
}

TEST(CorrectBias, EqualOutputsChangeNothing) {
  expect_same<float>("bias", corrected({0.1f, -3}, {5, 6}, {5, 6}), {0.1f, -3});
}

TEST(CorrectBias, SumsInDouble) {
  // A million rows whose outputs fell by 0.1 each: a float sum of them is off by one percent.
  const std::size_t rows = 1000000;
  expect_near(
      "bias after a million rows", corrected({0}, Floats(rows, 0.1f), Floats(rows, 0.0f)), {0.1f},
      1e-6f, {{{0.10095834f}, "The sum was taken in float, which loses what is small beside it."}});
}

TEST(CorrectBias, TakesOffWhatRoundingShifted) {
  // Positive inputs, as behind a ReLU: every weight's rounding error shifts the output.
  const autograd::NoGradGuard no_grad;
  Rng rng(34);
  Layer layer = random_layer(rng, 6, 16);
  Tensor x = ops::relu(Tensor::randn(Shape{200, 16}, rng));
  const Floats exact = values_of(run(layer, x));
  Layer rounded = layer;
  for (float& w : rounded.weight) w = 0.5f * std::nearbyint(w / 0.5f);
  correct_bias(rounded.bias, exact, values_of(run(rounded, x)));
  const Floats after = values_of(run(rounded, x));
  Floats shift(6);
  for (std::size_t i = 0; i < after.size(); ++i) shift[i % 6] += (after[i] - exact[i]) / 200.0f;
  expect_near("mean shift of each channel afterwards", shift, Floats(6), 1e-4f);
}

TEST(CorrectBias, OutputsMustBeRowsOfTheSameInputs) {
  Floats bias{1, 2};
  correct_bias(bias, Floats{1, 2}, Floats{1, 2});  // these are
  expect_error([&] { correct_bias(bias, Floats{}, Floats{}); }, "0 outputs",
               "Given: without a row there is no mean.");
  expect_error(
      [&] {
        correct_bias(bias, Floats{1, 2}, Floats{1, 2, 3, 4});
      },
      "equal, got 2 and 4", "Given: both layers must have seen the same inputs.");
}

TEST(CorrectBias, RefusesNanAndChangesNothing) {
  Floats bias{1, 2};
  expect_error(
      [&] {
        correct_bias(bias, Floats{9, kNan}, Floats{1, 2});
      },
      "bias[1]", "A NaN bias makes every later output NaN: require_finite() the new biases.");
  expect_error(
      [&] {
        correct_bias(bias, Floats{9, 3e38f, 9, 3e38f}, Floats{1, -3e38f, 1, -3e38f});
      },
      "bias[1]", "The new bias, 6e38, does not fit in a float: require_finite() the new biases.");
  expect_same<float>("bias after refusals", bias, {1, 2},
                     {{{9, 2}, "Make all new biases first, then store them."},
                      {{17, 2}, "Make all new biases first, then store them."}});
}

}  // namespace
}  // namespace tinytorch::quantization
