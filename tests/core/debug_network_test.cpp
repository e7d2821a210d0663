// A deployed network beside its simulation in float, and networks of mixed widths.
#include "tinytorch/quantization/debug_network.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/qat_network.h"

namespace tinytorch::quantization {
namespace {

const Shape kImages{16, 2, 8, 8};

std::shared_ptr<QatNetwork> calibrated(const nn::Module& model, const NetworkQConfig& config) {
  Rng rng(5);
  auto net = prepare_network(model, config);
  net->eval();
  (void)net->forward(Tensor::randn(kImages, rng));
  net->set_phase(QatPhase::kQuantize);
  return net;
}

QuantizedNetwork deployed_cnn(const NetworkQConfig& config) {
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

TEST(CompareWithSimulation, NamesTheFirstLayerWhoseClipDiffers) {
  // The second convolution was exported with half the range it was trained with.
  const QuantizedNetwork trained = deployed_cnn({});
  std::vector<QuantizedNode> nodes = trained.nodes();
  std::size_t changed = 0;
  for (std::size_t i = 1; i < nodes.size() && changed == 0; ++i) {
    if (auto* layer = std::get_if<QuantizedConv2d>(&nodes[i].op)) {
      layer->set_output(layer->output(), {-128, 0}, Dialect::kOrt);
      changed = i;
    }
  }
  const QuantizedNetwork exported(trained.sample(), trained.values().front().grid, 8, Dialect::kOrt,
                                  std::move(nodes));
  const NetworkComparison result = compare_with_simulation(exported, trained, images(1));
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.layers[result.first->layer].path, trained.nodes()[changed].path);
  EXPECT_EQ(result.first->cause, Cause::kClip) << result.explanation;
  EXPECT_NE(result.explanation.find("one of the two clips elsewhere"), std::string::npos);
}

TEST(CompareWithSimulation, SaysOtherWhenAScaleDiffers) {
  Rng rng(3);
  const auto model = small::cnn(rng);
  const QuantizedNetwork a = convert_network(*calibrated(*model, {}));
  const QuantizedNetwork b = convert_network(*calibrated(*model, {.weight_bits = 3}));
  const NetworkComparison result = compare_with_simulation(a, b, images(1));
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->layer, 0U);
  EXPECT_EQ(result.first->cause, Cause::kOther) << result.explanation;
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

TEST(CompareWithSimulation, RefusesNetworksOfAnotherLength) {
  Rng rng(4);
  const auto other = convert_network(*calibrated(*small::residual(rng), {}));
  EXPECT_ERROR(compare_with_simulation(deployed_cnn({}), other, images(1)), "nodes against");
}

TEST(MixedPrecision, EachLayerHasItsOwnWidth) {
  const NetworkQConfig config{.weight_bits = 8, .bits_by_path = {{"4", 2}}};
  const QuantizedNetwork mixed = deployed_cnn(config);
  std::vector<int> widths;
  for (const QuantizedNode& node : mixed.nodes()) {
    if (const auto* layer = std::get_if<QuantizedConv2d>(&node.op)) {
      widths.push_back(layer->weight_bits());
      for (const std::int8_t code : layer->weight_codes()) {
        ASSERT_LE(std::abs(code), layer->weight_bits() == 2 ? 1 : 127);
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
