// The given parts around module 14: layers, their costs, the machine's limits, the whole profile.
#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/profiling/fma_peak.h"
#include "tinytorch/profiling/machine.h"
#include "tinytorch/profiling/profile.h"
#include "tinytorch/profiling/roofline.h"

namespace tinytorch::profiling {
namespace {

Cost cost_of(nn::Module& module, const Shape& input) {
  return layer_cost(leaf_layer(module, "0", input));
}

TEST(LeafLayer, FindsTheOutputAndLeavesTheModuleAsItWas) {
  nn::BatchNorm2d norm(2);
  const Layer layer = leaf_layer(norm, "1", {3, 2, 4, 4});
  EXPECT_EQ(layer.kind, LayerKind::kBatchNorm2d);
  EXPECT_EQ(layer.output, (Shape{3, 2, 4, 4}));
  EXPECT_TRUE(norm.training());
  EXPECT_EQ(norm.running_var().at({0}), 1.0f);
}

TEST(LeafLayer, NamesTheLayerWhoseShapeDoesNotFit) {
  Rng rng(1);
  nn::Linear linear(3, 5, rng);
  EXPECT_ERROR((void)leaf_layer(linear, "2.1", {2, 4}), "layer \"2.1\": linear: [2, 4]");
}

TEST(LeafLayer, RefusesASequential) {
  nn::Sequential model;
  EXPECT_ERROR((void)leaf_layer(model, "2", {2, 4}), "layer \"2\", Sequential()");
}

TEST(LayerCost, LinearCountsEveryRowOfEveryLeadingDimension) {
  Rng rng(1);
  nn::Linear linear(3, 5, rng);
  EXPECT_EQ(cost_of(linear, {2, 4, 3}), linear_cost(8, 3, 5, true));
}

TEST(LayerCost, ConvolutionTakesItsOptions) {
  Rng rng(1);
  nn::Conv2d conv(4, 8, 3, {.stride = 2, .padding = 1, .groups = 2, .bias = false}, rng);
  // 3 × 4 places, 8 channels, 2 · 9 taps.
  EXPECT_EQ(cost_of(conv, {1, 4, 5, 7}), (Cost{96 * 36, 4 * (140 + 144 + 96)}));
}

TEST(LayerCost, CheapLayers) {
  nn::BatchNorm2d norm(2);
  EXPECT_EQ(cost_of(norm, {1, 2, 3, 3}), (Cost{36, 4 * (36 + 8)}));
  nn::LayerNorm layer_norm({4});
  EXPECT_EQ(cost_of(layer_norm, {5, 4}), (Cost{160, 4 * (40 + 8)}));
  nn::Sigmoid sigmoid;
  EXPECT_EQ(cost_of(sigmoid, {10}), (Cost{40, 80}));
  nn::MaxPool2d max_pool(2);
  EXPECT_EQ(cost_of(max_pool, {1, 2, 4, 4}), (Cost{24, 4 * (32 + 8)}));
  nn::AvgPool2d average(2);
  EXPECT_EQ(cost_of(average, {1, 2, 4, 4}), (Cost{32, 4 * (32 + 8)}));
}

TEST(LayerCost, AdaptiveWindowsMayOverlap) {
  nn::AdaptiveAvgPool2d pool(2, 1);
  // 5 rows in 2 windows of 3, 4 columns in 1 of 4.
  EXPECT_EQ(cost_of(pool, {1, 3, 5, 4}), (Cost{3 * 6 * 4, 4 * (60 + 6)}));
}

TEST(LayerCost, ViewsCostNothing) {
  nn::Flatten flatten;
  EXPECT_EQ(cost_of(flatten, {2, 3, 4}), Cost{});
  nn::Dropout dropout(0.5f, 1);
  EXPECT_EQ(cost_of(dropout, {2, 3}), Cost{});
}

TEST(FlopsPerValue, RefusesWhatIsNotPointwise) {
  const nn::Flatten flatten;
  EXPECT_ERROR((void)flops_per_value(flatten), "Flatten()");
}

// Every reading is `step` nanoseconds after the one before.
Clock ticking(std::int64_t& now, std::int64_t step) {
  return [&now, step] { return now += step; };
}

TEST(MeasurePeak, IsFlopsOverTime) {
  std::int64_t now = 0;
  const std::int64_t flops = run_multiply_adds(100'000);
  EXPECT_GT(flops, 0);
  EXPECT_EQ(measure_peak(ticking(now, 1000), 3), static_cast<double>(flops) / 1000.0);
}

TEST(MeasurePeak, TakesTheBestRound) {
  std::int64_t now = 0;
  std::int64_t reads = 0;
  const Clock clock = [&] { return now += ++reads == 4 ? 500 : 1000; };  // ends the second round
  const auto flops = static_cast<double>(run_multiply_adds(100'000));
  EXPECT_EQ(measure_peak(clock, 3), flops / 500.0);
}

// --- sizes below one, and too large to count ---

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TEST(Counting, WhatNo64BitsCountIsRefused) {
  const std::int64_t side = std::int64_t{1} << 32;
  EXPECT_ERROR((void)linear_cost(kHuge, 1, 1, true), "linear_cost");
  EXPECT_ERROR((void)linear_cost(1, kHuge, 1, true), "linear_cost");
  EXPECT_ERROR((void)linear_cost(side, 1, side, false), "4294967296 · 1 · 4294967296");
  EXPECT_ERROR((void)conv2d_cost({.batch = kHuge, .in_height = 3}, true), "conv2d_cost");
  EXPECT_ERROR((void)conv2d_cost({.in_height = side, .in_width = side}, true), "conv2d_cost");
  EXPECT_ERROR((void)pointwise_cost(kHuge, 0, 0), "pointwise_cost");
  EXPECT_ERROR((void)pointwise_cost(side, side, 0), "pointwise_cost");
  EXPECT_ERROR((void)pointwise_cost(0, 0, kHuge), "pointwise_cost");
  EXPECT_ERROR((void)pool_cost(kHuge, 1, 1, PoolKind::kMax), "pool_cost");
  EXPECT_ERROR((void)pool_cost(1, side, side, PoolKind::kMax), "pool_cost");
}

TEST(Counting, TheLargestCountsStillFit) {
  const std::int64_t most = kMaxCount;
  EXPECT_EQ(linear_cost(most, 1, 1, true), (Cost{3 * most, 4 * (2 * most + 2)}));
  EXPECT_EQ(linear_cost(1, most, 1, false), (Cost{2 * most, 4 * (2 * most + 1)}));
  EXPECT_EQ(conv2d_cost({.batch = most}, true), (Cost{3 * most, 4 * (2 * most + 2)}));
  EXPECT_EQ(pointwise_cost(most, 1, most), (Cost{most, 12 * most}));
  EXPECT_EQ(pool_cost(most, 1, most, PoolKind::kAverage), (Cost{most, 4 * (most + 1)}));
  EXPECT_EQ(checked_count("x", {-1, 5}), -5);
  EXPECT_ERROR((void)checked_count("x", {most, 2}), "x: 288230376151711744 · 2");
}

TEST(Counting, AConvolutionWithASizeBelowOneIsRefused) {
  for (const std::int64_t none : {0, -3}) {
    EXPECT_ERROR((void)conv2d_cost({.batch = none}, true), concat("got ", none));
    EXPECT_ERROR((void)conv2d_cost({.in_channels = none}, true), concat(none));
    EXPECT_ERROR((void)conv2d_cost({.in_height = none}, true), concat(none));
    EXPECT_ERROR((void)conv2d_cost({.kernel_height = none}, true), concat(none));
    EXPECT_ERROR((void)conv2d_cost({.out_channels = none}, true), concat(none));
    EXPECT_ERROR((void)conv2d_cost({.out_width = none}, true), concat(none));
  }
}

TEST(LayerCost, NamesTheLayerWhoseModuleIsOfAnotherKind) {
  Rng rng(1);
  nn::Linear linear(3, 5, rng);
  const Shape rows{2, 3};
  EXPECT_ERROR((void)layer_cost({"a", &linear, LayerKind::kConv2d, rows, rows}), "\"a\"");
  EXPECT_ERROR((void)layer_cost({"a", &linear, LayerKind::kMaxPool2d, rows, rows}), "\"a\"");
  EXPECT_ERROR((void)layer_cost({"b", nullptr, LayerKind::kLinear, rows, rows}), "\"b\"");
  EXPECT_ERROR((void)layer_cost({"b", nullptr, LayerKind::kActivation, rows, rows}), "\"b\"");
}

TEST(ModelCost, ASumThatOverflowsIsRefused) {
  Rng rng(1);
  nn::ReLU relu;
  const Shape large{kMaxCount};
  const std::vector<Layer> layers(8, {"0", &relu, LayerKind::kActivation, large, large});
  EXPECT_ERROR((void)model_cost(layers), "model_cost");
}

TEST(Measuring, WhatRoundsToNoRankAndWhatOverflowsIsNoCrash) {
  const std::vector<double> three{3, 1, 2};
  EXPECT_EQ(percentile(three, 5e-324), 1.0);
  const std::vector<double> large{1e308, 1.5e308};
  EXPECT_EQ(median(large), 1.25e308);
  const std::vector<double> steps(3, 1e308);
  EXPECT_ERROR((void)switch_cost(steps, steps), "switch_cost");
}

TEST(Measuring, AClockThatRunsBackwardsAndNegativeWorkAreRefused) {
  Rng rng(1);
  Tensor x = Tensor::ones({1});
  x.set_requires_grad();
  std::int64_t now = 0;
  int reads = 0;
  const Clock zigzag = [&] { return now += ++reads % 5 == 0 ? -10 : 10; };
  EXPECT_ERROR((void)time_training([&] { return x * 2.0f; }, {.warmup = 0, .samples = 3}, zigzag),
               "clock");
  EXPECT_ERROR((void)intensity({-5, 10}), "-5");
}

TEST(MeasurePeak, AClockThatStandsStillMeasuresNothing) {
  EXPECT_ERROR((void)measure_peak([] { return std::int64_t{7}; }, 3), "not measured");
}

TEST(MeasureBandwidth, IsBytesOverTime) {
  std::int64_t now = 0;
  // 64,000,000 bytes are 64 passes of a million, or one pass of 80 million.
  EXPECT_EQ(measure_bandwidth(1'000'000, ticking(now, 1000), 2), 64'000.0);
  EXPECT_EQ(measure_bandwidth(80'000'000, ticking(now, 1000), 2), 80'000.0);
}

TEST(MeasureBandwidth, RefusesATinyWorkingSet) {
  EXPECT_ERROR((void)measure_bandwidth(100), "100");
}

TEST(MeasureMachine, MeasuresBothOnTheRealClock) {
  const Machine machine = measure_machine(100'000);
  EXPECT_GT(machine.peak.value(), 0.0);
  EXPECT_GT(machine.bandwidth.value(), 0.0);
}

TEST(ProfileModel, TimesEveryLayerThatIsNoView) {
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::Conv2d>(1, 2, 3, nn::Conv2dOptions{}, rng))
      .append(std::make_shared<nn::BatchNorm2d>(2))
      .append(std::make_shared<nn::Flatten>())
      .append(std::make_shared<nn::Linear>(8, 3, rng));
  std::int64_t now = 0;
  const auto profiles =
      profile_model(model, {5, 1, 4, 4}, {.warmup = 1, .samples = 3}, ticking(now, 10));
  ASSERT_EQ(profiles.size(), 4u);
  EXPECT_EQ(profiles[0].cost.flops, 5 * 8 * 19);
  EXPECT_EQ(profiles[1].forward.median.value(), 10.0);
  EXPECT_EQ(profiles[1].training.backward.median.value(), 10.0);
  EXPECT_FALSE(profiles[2].forward.median.measured());
  EXPECT_EQ(profiles[3].forward.samples, 3);
  EXPECT_ERROR((void)place("2", profiles[3].cost, profiles[2].forward, measure_machine(8192)),
               "not measured");
}

TEST(ProfileModel, LeavesTheModelAsItWas) {
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::BatchNorm2d>(2));
  model.eval();
  std::int64_t now = 0;
  (void)profile_model(model, {5, 2, 4, 4}, {.warmup = 1, .samples = 3}, ticking(now, 10));
  EXPECT_FALSE(model.training());
  EXPECT_FALSE(model.children()[0].second->training());
  EXPECT_EQ(model.named_buffers()[1].second.at({0}), 1.0f);
  EXPECT_FALSE(model.parameters()[0].grad().defined());
}

}  // namespace
}  // namespace tinytorch::profiling
