// Learner tests of part 1: what a layer costs, counted from its sizes.
#include "tinytorch/profiling/counting.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/teach.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::profiling {
namespace {

using teach::expect_error;
using teach::expect_value;

// --- 14.1 linear_cost ---

TEST(LinearCost, AMultiplyAddIsTwoFlops) {
  expect_value("flops of 2 rows, 3 -> 5, with bias", linear_cost(2, 3, 5, true).flops, 70,
               {{40, "A multiply-add is two operations, a multiplication and an addition."},
                {60, "The bias is missing: one more addition for each output value."},
                {65, "The bias is added in every row, not once: rows · out additions."},
                {35, "That is one row; every row is multiplied by the whole weight."},
                {42, "Those are the FLOPs of rows · in values; count rows · out outputs."}});
  expect_value("flops without bias", linear_cost(2, 3, 5, false).flops, 60,
               {{70, "Without a bias there is nothing to add: look at `bias`."}});
}

TEST(LinearCost, BytesAreEveryValueOnceTimesFour) {
  expect_value("bytes of 2 rows, 3 -> 5, with bias", linear_cost(2, 3, 5, true).bytes, 144,
               {{36, "That is the number of values; a float32 has 4 bytes."},
                {288, "That is 8 bytes a value; a float32 has 4."},
                {124, "The bias is read too."},
                {104, "The results are missing: what a layer makes it has to write."},
                {120, "The input is missing: it has to be read."},
                {204, "The weight was counted once a row; it is fetched once and used for all."}});
  expect_value("bytes without bias", linear_cost(2, 3, 5, false).bytes, 124,
               {{144, "Without a bias none is read: look at `bias`."}});
}

TEST(LinearCost, ALargerBatchSharesTheWeight) {
  const Cost one = linear_cost(1, 256, 256, false);
  const Cost many = linear_cost(64, 256, 256, false);
  expect_value("flops of 64 rows", many.flops, 64 * one.flops);
  expect_value("bytes of 64 rows", many.bytes, 4 * (65536 + 2 * 64 * 256),
               {{64 * one.bytes,
                 "64 times one row's bytes: but the weight is read once for all of them. That is "
                 "why batches are fast."}});
}

// --- 14.2 conv2d_cost ---

struct Filters {
  std::int64_t count = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t groups = 1;
};

// 3 × 3 filters over [n, c, side, side].
kernels::ConvSizes conv(std::int64_t n, std::int64_t c, std::int64_t side, const Filters& filters) {
  const std::int64_t out = kernels::output_size(side, 3, filters.stride, filters.padding);
  return {.batch = n,
          .in_channels = c,
          .in_height = side,
          .in_width = side,
          .out_channels = filters.count,
          .kernel_height = 3,
          .kernel_width = 3,
          .stride = filters.stride,
          .padding = filters.padding,
          .groups = filters.groups,
          .out_height = out,
          .out_width = out};
}

TEST(Conv2dCost, CountsTheTapsOfEveryOutputValue) {
  const kernels::ConvSizes sizes = conv(1, 3, 4, {.count = 2, .padding = 1});
  expect_value("flops of [1, 3, 4, 4], 2 filters 3x3, padding 1, bias",
               conv2d_cost(sizes, true).flops, 1760,
               {{896, "A multiply-add is two operations, a multiplication and an addition."},
                {1728, "The bias is missing: one more addition for each output value."},
                {608, "A filter reaches through all channels of the image: 3 · 3 · 3 taps."},
                {880, "There are two filters, so twice as many output values."},
                {110, "That is one place of the image; the filter stops at all 4 x 4."}});
  expect_value("flops without bias", conv2d_cost(sizes, false).flops, 1728,
               {{1760, "Without a bias there is nothing to add: look at `bias`."}});
}

TEST(Conv2dCost, ReadsImageAndFiltersOnceAndWritesTheOutputs) {
  const kernels::ConvSizes sizes = conv(1, 3, 4, {.count = 2, .padding = 1});
  expect_value("bytes of [1, 3, 4, 4], 2 filters 3x3, padding 1, bias",
               conv2d_cost(sizes, true).bytes, 544,
               {{136, "That is the number of values; a float32 has 4 bytes."},
                {784, "Padding is not stored anywhere, so it is not read: 4 x 4 a channel."},
                {536, "The bias is read too."},
                {416, "The outputs are missing: what a layer makes it has to write."},
                {352, "The image is missing: it has to be read."},
                {328, "The filters are missing: they have to be read."}});
}

TEST(Conv2dCost, AStrideMakesFewerOutputsAndABatchMore) {
  const Cost cost = conv2d_cost(conv(2, 1, 5, {.count = 4, .stride = 2}), false);
  expect_value("flops of [2, 1, 5, 5], 4 filters 3x3, stride 2", cost.flops, 576,
               {{3600, "Count output values: with stride 2 there are 2 x 2 places, not 5 x 5."},
                {288, "The batch is missing: both images are convolved."},
                {1152, "A multiplication and an addition are 2 FLOPs, not 4."}});
  expect_value("bytes of it", cost.bytes, 472,
               {{616, "The filters were counted once an image; they are read once for all."},
                {308, "The batch is missing in the image or in the outputs."},
                {236, "The batch is missing in the image and in the outputs."}});
}

TEST(Conv2dCost, AGroupSeesItsOwnChannelsOnly) {
  const Cost cost = conv2d_cost(conv(1, 4, 6, {.count = 4, .padding = 1, .groups = 4}), false);
  expect_value("flops of a depthwise convolution on [1, 4, 6, 6]", cost.flops, 2592,
               {{10368, "Each filter of a group sees in_channels / groups channels, here one."},
                {648, "The groups divide the taps, not the output values as well."}});
  expect_value("bytes of it", cost.bytes, 1296,
               {{1728, "A filter has in_channels / groups · 3 · 3 weights: here nine."}});
}

// --- 14.3 pointwise_cost and pool_cost ---

TEST(PointwiseAndPooling, EachValueIsReadAndWritten) {
  const Cost relu = pointwise_cost(10, 1, 0);
  expect_value("flops of a ReLU on 10 values", relu.flops, 10);
  expect_value("bytes of a ReLU on 10 values", relu.bytes, 80,
               {{40, "Each value is read and its result written: that is twice 4 bytes."},
                {20, "That is the number of values moved; a float32 has 4 bytes."}});
}

TEST(PointwiseAndPooling, NormalizationReadsItsParametersOnce) {
  const Cost norm = pointwise_cost(2048, 2, 64);
  expect_value("flops of 2048 values, 2 each", norm.flops, 4096,
               {{2048, "Each value costs flops_per_value, here 2."}});
  expect_value("bytes of 2048 values and 64 parameters", norm.bytes, 16640,
               {{16384, "The parameters have to be read too."},
                {16448, "The parameters are 4 bytes each as well."},
                {16896, "The parameters are read, not written: once."}});
}

TEST(PointwiseAndPooling, TheLargestOfFourTakesThreeComparisons) {
  const Cost pool = pool_cost(16, 4, 4, PoolKind::kMax);
  expect_value("flops of four windows of four, largest", pool.flops, 12,
               {{16, "The largest of four is found with three comparisons."},
                {48, "There is one window for each output, not for each input."},
                {64, "There is one window for each output, not for each input."}});
  expect_value("bytes of it", pool.bytes, 80,
               {{20, "That is the number of values moved; a float32 has 4 bytes."},
                {64, "The outputs are written: 4 bytes each."},
                {128, "A pooling layer writes one value a window, not one for each it reads."}});
  expect_value("flops of windows of one", pool_cost(16, 16, 1, PoolKind::kMax).flops, 0);
}

TEST(PointwiseAndPooling, AnAverageAlsoDivides) {
  expect_value("flops of four windows of four, average",
               pool_cost(16, 4, 4, PoolKind::kAverage).flops, 16,
               {{12, "Three additions and a division: an average of four costs four."},
                {20, "Four values are added with three additions; the fourth FLOP divides."}});
}

// --- 14.4 walk_model ---

std::shared_ptr<nn::Sequential> small_model() {
  Rng rng(14);
  auto inner = std::make_shared<nn::Sequential>();
  inner->append(std::make_shared<nn::MaxPool2d>(2)).append(std::make_shared<nn::Flatten>());
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Conv2d>(1, 2, 3, nn::Conv2dOptions{.padding = 1}, rng))
      .append(std::make_shared<nn::ReLU>())
      .append(inner)
      .append(std::make_shared<nn::Linear>(8, 3, rng));
  return model;
}

// "0 [2, 1, 4, 4] -> [2, 2, 4, 4]", a line a layer.
std::string show(const std::vector<Layer>& walked) {
  std::string text;
  for (const Layer& each : walked) {
    text += each.name + " " + to_string(each.input) + " -> " + to_string(each.output) + "\n";
  }
  return text;
}

void expect_layers(const std::vector<Layer>& layers, const std::string& expected,
                   const std::vector<std::pair<std::string, std::string>>& suspicions,
                   const teach::Location& where = teach::Location::current()) {
  const std::string got = show(layers);
  if (got == expected) return;
  std::string message = "the layers are\n" + got + "expected\n" + expected;
  for (const auto& [text, says] : suspicions) {
    if (got == text) message += says;
  }
  teach::report(where, message);
}

std::vector<Layer> walk_or_explain(nn::Module& model, const Shape& input, const std::string& why) {
  std::vector<Layer> met;
  teach::expect_no_error([&] { met = walk_model(model, input); }, why);
  return met;
}

TEST(WalkModel, GoesThroughNestedSequentialsInOrder) {
  const auto model = small_model();
  const std::string conv_and_relu =
      "0 [2, 1, 4, 4] -> [2, 2, 4, 4]\n1 [2, 2, 4, 4] -> [2, 2, 4, 4]\n";
  const std::string linear = "3 [2, 8] -> [2, 3]\n";
  expect_layers(
      walk_or_explain(*model, {2, 1, 4, 4},
                      "The shape travels along: each layer's input is the output of the one before "
                      "it, also across the border of a Sequential inside a Sequential, which is "
                      "walked through and never handed to leaf_layer()."),
      conv_and_relu + "2.0 [2, 2, 4, 4] -> [2, 2, 2, 2]\n2.1 [2, 2, 2, 2] -> [2, 8]\n" + linear,
      {{conv_and_relu + "0 [2, 2, 4, 4] -> [2, 2, 2, 2]\n1 [2, 2, 2, 2] -> [2, 8]\n" + linear,
        "The names of inner layers have lost the outer one: join them with a dot."},
       {conv_and_relu + "20 [2, 2, 4, 4] -> [2, 2, 2, 2]\n21 [2, 2, 2, 2] -> [2, 8]\n" + linear,
        "A dot belongs between the names: \"20\" could be the twenty-first layer."},
       {".0 [2, 1, 4, 4] -> [2, 2, 4, 4]\n.1 [2, 2, 4, 4] -> [2, 2, 4, 4]\n.2.0 [2, 2, 4, 4] -> "
        "[2, 2, 2, 2]\n.2.1 [2, 2, 2, 2] -> [2, 8]\n.3 [2, 8] -> [2, 3]\n",
        "The model itself has the empty name, and nothing comes before its first dot."}});
}

TEST(WalkModel, AModelMayBeOneLayer) {
  Rng rng(14);
  nn::Linear linear(3, 5, rng);
  expect_layers(walk_or_explain(linear, {2, 3}, "Ask leaf_layer() when it is no Sequential."),
                " [2, 3] -> [2, 5]\n",
                {{"",
                  "A model need not be a Sequential: a single layer is a walk of one, and its name "
                  "is empty."},
                 {"0 [2, 3] -> [2, 5]\n", "Nobody has numbered it: its name is empty."}});
}

class Mystery : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override { return x; }
  std::string describe() const override { return "Mystery()"; }
};

TEST(WalkModel, WhatCannotBeCountedIsNotPassedOver) {
  nn::Sequential model;
  model.append(std::make_shared<nn::ReLU>()).append(std::make_shared<Mystery>());
  expect_error(
      [&] {
        (void)walk_model(model, {2, 3});
      },
      "\"1\", Mystery()",
      "Leaving out what it does not know, a profiler reports a model that is too cheap: "
      "let leaf_layer()'s Error through.");
}

TEST(WalkModel, TheDigitsNetworkCosts174218Flops) {
  Rng rng(14);
  nn::Sequential model;
  const nn::Conv2dOptions options{.padding = 1, .bias = false};
  for (const auto& [in, out] : {std::pair{1, 16}, std::pair{16, 32}}) {
    model.append(std::make_shared<nn::Conv2d>(in, out, 3, options, rng))
        .append(std::make_shared<nn::BatchNorm2d>(out))
        .append(std::make_shared<nn::ReLU>())
        .append(std::make_shared<nn::MaxPool2d>(2));
  }
  model.append(std::make_shared<nn::Flatten>()).append(std::make_shared<nn::Linear>(128, 10, rng));
  const std::vector<Layer> layers = walk_model(model, {1, 1, 8, 8});
  const std::vector<std::int64_t> expected = {18432, 2048, 1024, 768, 147456,
                                              1024,  512,  384,  0,   2570};
  std::vector<std::int64_t> flops;
  for (const Layer& layer : layers) flops.push_back(layer_cost(layer).flops);
  teach::expect_same<std::int64_t>("flops by layer", flops, expected);
  expect_value("flops in all", model_cost(layers).flops, 174218);
}

}  // namespace
}  // namespace tinytorch::profiling
