// A deployed network beside its simulation in float, and networks of mixed widths.
#include "tinytorch/quantization/study/debug_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

const Shape kImages{16, 2, 8, 8};

std::shared_ptr<QatNetwork> calibrated(const nn::Module& model, const QConfig& config) {
  Rng rng(5);
  auto net = prepare_network(model, config);
  net->eval();
  (void)net->forward(Tensor::randn(kImages, rng));
  net->set_phase(QatPhase::kQuantize);
  return net;
}

QuantizedNetwork deployed_cnn(const QConfig& config) {
  Rng rng(3);
  return convert_network(*calibrated(*small::cnn(rng), config));
}

Tensor images(std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::randn(kImages, rng);
}

TEST(CompareWithSimulation, DiffersByTiesAloneWhenNothingIsWrong) {
  std::int64_t differ = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const NetworkComparison result = compare_with_simulation(deployed_cnn({}), images(seed));
    ASSERT_EQ(result.layers.size(), 3U);
    EXPECT_EQ(result.layers[0].codes, 16 * 8 * 8 * 6);
    for (const LayerComparison& layer : result.layers) differ += layer.differ;
    // A tie in the first layer travels, but never begins with more than one code.
    if (result.first) {
      EXPECT_EQ(result.first->cause, Cause::kTie) << result.explanation;
    }
  }
  EXPECT_LT(differ, 200) << "of 20 · 8,000 codes";
}

// One layer, codes in and codes out: all that a simulation can get wrong is in plain sight.
QuantizedNetwork one_layer(std::vector<std::int8_t> weight, std::vector<float> scales,
                           std::vector<std::int32_t> bias, QParams input, QParams output,
                           QRange range = full_range(8)) {
  const auto out = static_cast<std::int64_t>(scales.size());
  const auto in = static_cast<std::int64_t>(weight.size()) / out;
  QuantizedLinear layer(weight, std::move(scales), std::move(bias), input, 8, Activation::kNone);
  layer.set_output(output, range, Dialect::kOrt);
  return {Shape{in}, input, 8, Dialect::kOrt, {{"only", {0}, layer}}};
}

// Every input code once, as the real number it stands for.
Tensor every_code(QParams grid) {
  Tensor x(Shape{256, 1});
  for (int i = 0; i < 256; ++i) {
    x.data()[static_cast<std::size_t>(i)] =
        static_cast<float>(i - 128 - grid.zero_point) * grid.scale;
  }
  return x;
}

TEST(CompareWithSimulation, FindsTheTiesThatFloatDecidesOtherwise) {
  // 0.1 · 0.1 / 0.02 is half a code a step. Every odd sum lies on a border but for the last bits of
  // floats, and those the two runs round in different places.
  const QParams input{0.1f, 0};
  const auto network = one_layer({1, 3}, {0.1f, 0.1f}, {0, 0}, input, {0.02f, 0});
  const NetworkComparison result = compare_with_simulation(network, every_code(input));
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->cause, Cause::kTie) << result.explanation;
  EXPECT_GT(result.layers[0].differ, 0);
  EXPECT_EQ(result.layers[0].largest, 1);
  EXPECT_NE(result.explanation.find("On the border between two codes"), std::string::npos);
}

TEST(CompareWithSimulation, NamesAClipWhicheverSideEndsFirst) {
  // Half a code a step: the sums -128 to 127 stand for codes -64 to 64.
  const QParams grid{0.5f, 0};
  const auto whole = one_layer({1}, {1.0f}, {0}, grid, {1.0f, 0});
  const auto narrow = one_layer({1}, {1.0f}, {0}, grid, {1.0f, 0}, {-20, 20});
  for (const auto& [exported, trained] : {std::pair(whole, narrow), std::pair(narrow, whole)}) {
    const NetworkComparison result = compare_with_simulation(exported, trained, every_code(grid));
    ASSERT_TRUE(result.first.has_value());
    EXPECT_EQ(result.first->cause, Cause::kClip) << result.explanation;
    EXPECT_EQ(result.layers[0].largest, 44);  // -64 against -20
    EXPECT_NE(result.explanation.find("and 20"), std::string::npos) << result.explanation;
  }
}

// The network with another range of output codes in its second convolution.
QuantizedNetwork with_range(const QuantizedNetwork& network, QRange range, std::string& path) {
  std::vector<QuantizedNode> nodes = network.nodes();
  path.clear();
  for (std::size_t i = 1; i < nodes.size() && path.empty(); ++i) {
    if (auto* layer = std::get_if<QuantizedConv2d>(&nodes[i].op)) {
      layer->set_output(layer->output(), range, Dialect::kOrt);
      path = nodes[i].path;
    }
  }
  return {network.sample(), network.values().front().grid, 8, Dialect::kOrt, std::move(nodes)};
}

TEST(CompareWithSimulation, NamesTheFirstLayerWhoseClipDiffers) {
  const QuantizedNetwork whole = deployed_cnn({});
  std::string path;
  const QuantizedNetwork half = with_range(whole, {-128, 0}, path);
  for (const auto& [exported, trained] : {std::pair(half, whole), std::pair(whole, half)}) {
    const NetworkComparison result = compare_with_simulation(exported, trained, images(1));
    ASSERT_TRUE(result.first.has_value());
    EXPECT_EQ(result.layers[result.first->layer].path, path);
    EXPECT_EQ(result.first->cause, Cause::kClip) << result.explanation;
    EXPECT_NE(result.explanation.find("and 0"), std::string::npos) << result.explanation;
    EXPECT_NE(result.explanation.find("and 127"), std::string::npos) << result.explanation;
  }
}

// The commonest bug of all: quantile in training, largest magnitude in the export.
TEST(CompareWithSimulation, NamesAnExportThatUsesAnotherClipThanTraining) {
  const QuantizedNetwork trained = deployed_cnn({.observer = ObserverKind::kPercentile});
  const QuantizedNetwork exported = deployed_cnn({.observer = ObserverKind::kMinMax});
  for (const auto& [a, b] : {std::pair(exported, trained), std::pair(trained, exported)}) {
    const NetworkComparison result = compare_with_simulation(a, b, images(1));
    ASSERT_TRUE(result.first.has_value());
    EXPECT_EQ(result.first->layer, 0U);
    EXPECT_EQ(result.first->cause, Cause::kGrid) << result.explanation;
    EXPECT_NE(result.explanation.find("a clip of its own"), std::string::npos);
    EXPECT_NE(result.explanation.find("output scale"), std::string::npos) << result.explanation;
    EXPECT_EQ(result.explanation.find("weight scale"), std::string::npos) << result.explanation;
  }
}

// The same bug in the weights: a row with an outlier, clipped at a quantile of its magnitudes while
// training, at the largest of them in the export.
TEST(CompareWithSimulation, NamesTheRowOfWeightsThatWasClippedInTraining) {
  std::vector<float> weight(2 * 64);
  Rng rng(7);
  for (float& w : weight) w = rng.uniform(-0.5f, 0.5f);
  weight[100] = 9.0f;
  std::vector<float> magnitudes;
  for (std::size_t k = 64; k < 128; ++k) magnitudes.push_back(std::abs(weight[k]));
  const float quantile = quantile_top_k(magnitudes, 0.99);
  ASSERT_LT(quantile, 9.0f);
  const auto deploy = [&](float clip) {
    std::vector<float> scales = channel_scales(weight, 2, 8);
    scales[1] = clip / 127.0f;
    std::vector<std::int8_t> codes(weight.size());
    quantize_per_channel(weight, scales, 8, codes);
    return one_layer(codes, scales, {0, 0}, {0.02f, 0}, {0.05f, 0});
  };
  const Tensor x = Tensor::randn(Shape{32, 64}, rng);
  const NetworkComparison result = compare_with_simulation(deploy(9.0f), deploy(quantile), x);
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->element % 2, 1U) << "row 0 is the same in both";
  EXPECT_EQ(result.first->cause, Cause::kGrid) << result.explanation;
  EXPECT_NE(result.explanation.find("weight scale"), std::string::npos) << result.explanation;
}

TEST(CompareWithSimulation, SaysOtherAndWhichWhenABiasOrAWeightDiffers) {
  const QParams grid{0.5f, 0};
  const auto right = one_layer({1, 2}, {1.0f, 1.0f}, {0, 0}, grid, {1.0f, 0});
  const auto biased = one_layer({1, 2}, {1.0f, 1.0f}, {0, 40}, grid, {1.0f, 0});
  const auto changed = one_layer({1, 5}, {1.0f, 1.0f}, {0, 0}, grid, {1.0f, 0});
  for (const auto& [wrong, says] :
       {std::pair(biased, "bias code 0 against 40"), {changed, "weight code 2 against 5"}}) {
    const NetworkComparison result = compare_with_simulation(right, wrong, every_code(grid));
    ASSERT_TRUE(result.first.has_value());
    EXPECT_EQ(result.first->cause, Cause::kOther);
    EXPECT_NE(result.explanation.find(says), std::string::npos) << result.explanation;
  }
}

TEST(CompareWithSimulation, SaysGridWhenTheWidthOfTheWeightsDiffers) {
  const QuantizedNetwork a = deployed_cnn({});
  const QuantizedNetwork b = deployed_cnn({.weight_bits = 3});
  const NetworkComparison result = compare_with_simulation(a, b, images(1));
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->layer, 0U);
  EXPECT_EQ(result.first->cause, Cause::kGrid) << result.explanation;
}

// No layer's sums can wrap (code_limits.h), so the kernel runs without its guards here: 70,000
// products of the largest codes in int32, on this machine's instructions.
TEST(FirstDivergence, NamesTheSumThatReallyWrappedAround) {
  constexpr std::size_t kLong = 70'000;
  const QParams input{1.0f, -128};
  const std::vector<std::int8_t> x(kLong, 127);
  std::vector<std::int8_t> weight(2 * kLong, 127);
  std::fill(weight.begin(), weight.begin() + kLong, std::int8_t{3});  // output 0 has room
  const std::vector<std::int32_t> folded =
      fold_input_zero_point(weight, std::vector<std::int32_t>{0, 0}, input.zero_point);
  std::vector<std::int32_t> acc(2);
  int8_gemm(x, pack_weights(weight, 2, kLong), folded, acc);
  const std::vector<std::int64_t> exact{std::int64_t{kLong} * 255 * 3,
                                        std::int64_t{kLong} * 255 * 127};
  EXPECT_EQ(acc[0], exact[0]);
  ASSERT_EQ(acc[1], exact[1] - (std::int64_t{1} << 32)) << "the sum must have wrapped once";

  const std::vector<float> multipliers{1e-6f, 5e-8f};
  std::vector<std::int8_t> integer(2);
  requantize(acc, multipliers, 0, full_range(8), integer);
  std::vector<std::int8_t> simulated(2);
  for (std::size_t o = 0; o < 2; ++o) {
    const float real = static_cast<float>(exact[o]) * multipliers[o];
    quantize(std::span(&real, 1), {1.0f, 0}, full_range(8), std::span(simulated).subspan(o, 1));
  }
  const std::vector<LayerTrace> layers{{.sums = exact,
                                        .integer = {multipliers, 0, full_range(8), integer},
                                        .simulated = {multipliers, 0, full_range(8), simulated}}};
  const auto found = first_divergence(layers);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->element, 1U);
  EXPECT_EQ(found->cause, Cause::kOverflow);
}

TEST(CompareWithSimulation, FollowsShortcutsDepthwiseLayersAndTheOtherDialect) {
  Rng rng(4);
  for (const auto& model : {small::depthwise(rng), small::residual(rng)}) {
    for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
      const auto net = calibrated(*model, {.dialect = dialect});
      const NetworkComparison result = compare_with_simulation(convert_network(*net), images(2));
      for (const LayerComparison& layer : result.layers) {
        EXPECT_LE(layer.largest, 2) << layer.path;
      }
    }
  }
}

TEST(CompareWithSimulation, RefusesOtherNetworks) {
  Rng rng(4);
  const auto other = convert_network(*calibrated(*small::residual(rng), {}));
  EXPECT_ERROR(compare_with_simulation(deployed_cnn({}), other, images(1)), "nodes against");
  const QParams grid{0.5f, 0};
  const auto one = one_layer({1}, {1.0f}, {0}, grid, {1.0f, 0});
  const auto two = one_layer({1, 1}, {1.0f, 1.0f}, {0, 0}, grid, {1.0f, 0});
  EXPECT_ERROR(compare_with_simulation(one, two, every_code(grid)),
               "only has 1 weights and 1 outputs");
}

TEST(MixedPrecision, EachLayerHasItsOwnWidth) {
  const QConfig config{.weight_bits = 8, .bits_by_path = {{"4", 2}}};
  const QuantizedNetwork mixed = deployed_cnn(config);
  std::vector<int> widths;
  for (const QuantizedNode& node : mixed.nodes()) {
    if (const auto layer = layer_values(node)) {
      widths.push_back(layer->weight_bits);
      for (const std::int8_t code : layer->weight) {
        ASSERT_LE(std::abs(code), layer->weight_bits == 2 ? 1 : 127);
      }
    }
  }
  EXPECT_EQ(widths, (std::vector<int>{8, 2, 8}));
  EXPECT_LT(mixed.weight_bytes(), deployed_cnn({}).weight_bytes());
}

TEST(MixedPrecision, WhatIsTrainedIsStillWhatIsDeployed) {
  for (const WeightQuantizer quantizer :
       {WeightQuantizer::kStraightThrough, WeightQuantizer::kLsq}) {
    Rng rng(3);
    const auto net = calibrated(
        *small::cnn(rng), {.bits_by_path = {{"0", 3}, {"9", 5}}, .weight_quantizer = quantizer});
    const Tensor x = images(9);
    const Tensor trained = net->forward(x);
    const Tensor run = convert_network(*net).forward(x);
    EXPECT_TRUE(std::equal(trained.data().begin(), trained.data().end(), run.data().begin()));
  }
}

TEST(MixedPrecision, RefusesPathsWithoutAWeightAndOtherWidths) {
  Rng rng(3);
  const auto model = small::cnn(rng);
  EXPECT_ERROR(prepare_network(*model, {.bits_by_path = {{"3", 4}}}), "3, no layer with a weight");
  EXPECT_ERROR(prepare_network(*model, {.bits_by_path = {{"0", 9}}}), "9 weight bits");
}

}  // namespace
}  // namespace tinytorch::quantization
