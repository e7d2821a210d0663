// Post-training repair of convolutional networks, down to the deployed integers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/detail/folded_copy.h"
#include "tinytorch/quantization/qat/detail/window_rows.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

constexpr RepairOptions kNone{.equalize = false, .adaround = false, .correct_bias = false};
constexpr RepairOptions kEqualized{.adaround = false, .correct_bias = false};

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

QuantizedNetwork deployed(const nn::Module& model, const Tensor& calibration,
                          const QConfig& config) {
  const autograd::NoGradGuard no_grad;
  const auto net = prepare_network(model, config);
  net->eval();
  (void)net->forward(calibration);
  return convert_network(*net);
}

std::shared_ptr<nn::Sequential> trained(const small::Example& example, std::uint64_t seed) {
  Rng rng(seed);
  auto model = example.make(rng);
  small::train_a_little(*model, example.sample, 10, 0.05f, rng);
  return model;
}

// --- what it may not change ---

TEST(RepairedCnn, WithoutRepairsItIsTheFoldedCopy) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    const auto model = trained(example, 1);
    Rng rng(2);
    const Tensor x = small::batch(example.sample, 24, rng);
    const auto copy = repaired_network(*model, x, {}, kNone)->state_dict();
    const auto folded = folded_copy(*model)->state_dict();
    ASSERT_EQ(copy.size(), folded.size());
    for (std::size_t i = 0; i < copy.size(); ++i) {
      EXPECT_EQ(copy[i].first, folded[i].first);
      EXPECT_EQ(values(copy[i].second), values(folded[i].second)) << copy[i].first;
    }
  }
}

TEST(RepairedCnn, LeavesTheModelAlone) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    const auto model = trained(example, 1);
    const auto untouched = trained(example, 1);
    Rng rng(2);
    (void)repaired_network(*model, small::batch(example.sample, 24, rng), {.weight_bits = 3},
                           {.rounding = {.steps = 20}});
    const auto before = untouched->state_dict();
    const auto after = model->state_dict();
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(values(after[i].second), values(before[i].second)) << before[i].first;
    }
    EXPECT_EQ(model->training(), untouched->training());
  }
}

TEST(RepairedCnn, EqualizationKeepsTheFloatFunction) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    const auto model = trained(example, 4);
    Rng rng(5);
    const Tensor x = small::batch(example.sample, 24, rng);
    const auto equal = repaired_network(*model, x, {}, kEqualized);
    EXPECT_GT(sqnr_db(model->forward(x).data(), equal->forward(x).data()), 100.0);
  }
}

TEST(RepairedCnn, GivesTheSameNetworkEveryTime) {
  const small::Example example = small::examples()[1];
  const auto model = trained(example, 1);
  Rng rng(2);
  const Tensor x = small::batch(example.sample, 24, rng);
  const RepairOptions options{.rounding = {.steps = 100}, .max_rows = 50};
  const auto state = [&](const RepairOptions& chosen) {
    std::vector<float> all;
    for (const auto& [key, tensor] :
         repaired_network(*model, x, {.weight_bits = 3}, chosen)->state_dict()) {
      all.insert(all.end(), tensor.data().begin(), tensor.data().end());
    }
    return all;
  };
  EXPECT_EQ(state(options), state(options));
  RepairOptions other = options;
  other.seed = 1;
  EXPECT_NE(state(options), state(other));  // other windows were drawn
}

// --- the codes ---

// The first layer by hand: its input on its grid, windows as rows, AdaRound. And what it chose is
// what the deployed layer holds, in the deployed order.
void expect_codes_of_adaround(Granularity granularity, std::int64_t groups) {
  Rng rng(7);
  const auto layer = std::make_shared<nn::Conv2d>(
      4, 8, 3, nn::Conv2dOptions{.stride = 2, .padding = 1, .groups = groups}, rng);
  const nn::Sequential model({layer});
  const Tensor x = small::batch({4, 6, 6}, 20, rng);
  const QConfig config{.weight_bits = 3, .granularity = granularity};
  const AdaRoundOptions rounding{.bits = 3, .steps = 200};
  const auto repaired = repaired_network(
      model, x, config, {.correct_bias = false, .rounding = rounding, .max_rows = 1000});

  const auto [low, high] = std::minmax_element(x.data().begin(), x.data().end());
  const QParams grid = choose_qparams_asymmetric(*low, *high, full_range(8));
  const Tensor on_grid = fake_quantize(x, grid, full_range(8));
  const kernels::ConvSizes sizes{.batch = 20,
                                 .in_channels = 4,
                                 .in_height = 6,
                                 .in_width = 6,
                                 .out_channels = 8,
                                 .kernel_height = 3,
                                 .kernel_width = 3,
                                 .stride = 2,
                                 .padding = 1,
                                 .groups = groups,
                                 .out_height = 3,
                                 .out_width = 3};
  std::vector<std::int64_t> places(20 * 9);
  std::iota(places.begin(), places.end(), 0);
  const std::vector<float> weight = values(layer->weight());
  const std::vector<float> scales = max_scales(layer->weight(), granularity, 3);
  const auto out = static_cast<std::size_t>(8 / groups);
  const auto in = static_cast<std::size_t>(4 / groups * 9);
  std::vector<std::int8_t> expected;
  for (std::size_t g = 0; g < static_cast<std::size_t>(groups); ++g) {
    const auto rows = window_rows(on_grid.data(), sizes, static_cast<std::int64_t>(g), places);
    const auto codes = adaround(std::span(weight).subspan(g * out * in, out * in),
                                std::span(scales).subspan(g * out, out),
                                input_moments(rows, static_cast<std::int64_t>(in)), rounding);
    expected.insert(expected.end(), codes.begin(), codes.end());
  }
  std::vector<std::int8_t> nearest(weight.size());
  quantize_per_channel(weight, scales, 3, nearest);
  EXPECT_NE(expected, nearest);  // or this test shows nothing

  const QuantizedNetwork network = deployed(*repaired, x, config);
  const auto& found = std::get<QuantizedConv2d>(network.nodes()[0].op);
  const auto codes = to_channels_last<std::int8_t>(expected, 4 / groups, 9);
  EXPECT_EQ(std::vector<std::int8_t>(found.weight_codes().begin(), found.weight_codes().end()),
            codes);
}

TEST(RepairedCnn, DeploysTheCodesThatAdaRoundChose) {
  for (const std::int64_t groups : {1, 2, 4}) {
    SCOPED_TRACE(groups);
    expect_codes_of_adaround(Granularity::kPerChannel, groups);
    expect_codes_of_adaround(Granularity::kPerTensor, groups);
  }
}

// Deeper layers too: each weight is a code times a scale, and deployment finds that code.
TEST(RepairedCnn, EveryWeightLiesOnItsGridAtItsOwnWidth) {
  for (const small::Example& example : small::every_example()) {
    const auto model = trained(example, 8);
    Rng rng(9);
    const Tensor x = small::batch(example.sample, 24, rng);
    const std::vector<QatNode> nodes = match_network(*model);
    QConfig config{.weight_bits = 3};
    config.bits_by_path[nodes[0].path] = 5;
    const auto repaired = repaired_network(*model, x, config, {.rounding = {.steps = 50}});
    const auto net = prepare_network(*repaired, config);
    net->eval();
    (void)net->forward(x);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!nodes[i].has_weight()) continue;
      SCOPED_TRACE(example.name + ", " + nodes[i].path);
      const WeightAndBias layer = net->folded(i);
      const std::vector<float> scales =
          net->scales(i, layer, net->value_qparams(nodes[i].inputs.front()));
      const std::size_t length = layer.weight.data().size() / scales.size();
      float largest = 0.0f;
      for (std::size_t w = 0; w < layer.weight.data().size(); ++w) {
        const float code = layer.weight.data()[w] / scales[w / length];
        ASSERT_NEAR(code, std::nearbyint(code), 1e-4f) << "weight " << w;
        largest = std::max(largest, std::abs(code));
      }
      EXPECT_NEAR(largest, i == 0 ? 15.0f : 3.0f, 1e-4f);
    }
  }
}

// Mean outputs of every layer are those of the float network, up to what rounding the bias leaves.
TEST(RepairedCnn, CorrectedBiasesTakeTheShiftOffTheLogits) {
  const QConfig config{.weight_bits = 3, .dialect = Dialect::kTflite};
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    const auto model = trained(example, 10);
    Rng rng(11);
    const Tensor x = small::batch(example.sample, 200, rng);
    const Tensor exact = model->forward(x);
    const auto shift = [&](const RepairOptions& options) {
      const auto repaired = repaired_network(*model, x, config, options);
      const Tensor got = deployed(*repaired, x, config).forward(x);
      double total = 0.0;
      for (std::size_t c = 0; c < 5; ++c) {
        double mean = 0.0;
        for (std::size_t n = 0; n < 200; ++n) {
          mean += double{exact.data()[n * 5 + c]} - double{got.data()[n * 5 + c]};
        }
        total += std::abs(mean) / 200.0;
      }
      return total;
    };
    EXPECT_LT(shift({.equalize = false, .adaround = false}), 0.3 * shift(kNone));
  }
}

// --- what is refused ---

TEST(RepairedCnn, RefusesBadCalibrationData) {
  Rng rng(1);
  const auto model = small::cnn(rng);
  EXPECT_ERROR((void)repaired_network(*model, Tensor(Shape{0, 2, 8, 8}), {}), "[0, 2, 8, 8]");
  EXPECT_ERROR((void)repaired_network(*model, Tensor(Shape{4, 3, 8, 8}), {}), "0: conv2d");
  EXPECT_ERROR((void)repaired_network(*model, Tensor(Shape{4, 2, 4, 4}), {}), "9: Linear");
  Tensor bad = small::batch({2, 8, 8}, 4, rng);
  bad.data()[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR((void)repaired_network(*model, bad, {}), "the network's input");
}

TEST(RepairedCnn, RefusesLayersWithoutAnIntegerForm) {
  Rng rng(1);
  const auto block = std::make_shared<nn::Residual>(small::sequence(
      {small::conv(2, 2, 3, 1, 1, rng), std::make_shared<nn::AdaptiveAvgPool2d>(2, 2)}));
  EXPECT_ERROR((void)repaired_network(nn::Sequential({block}), Tensor(Shape{1, 2, 8, 8}), {}),
               "0.body.1, AdaptiveAvgPool2d");
  EXPECT_ERROR((void)repaired_network(nn::Linear(2, 2, rng), Tensor(Shape{1, 2}), {}),
               "Linear(2, 2)");
}

TEST(RepairedCnn, NamesTheLayerWhoseBatchNormIsBroken) {
  Rng rng(1);
  const auto model = small::cnn(rng);
  for (const auto& [key, tensor] : model->named_buffers()) {
    Tensor variance = tensor;
    if (key == "5.running_var") variance.data()[2] = -1.0f;
  }
  const Tensor x = small::batch({2, 8, 8}, 4, rng);
  EXPECT_ERROR((void)repaired_network(*model, x, {}), "0 and 4: input_ranges: weight");
  EXPECT_ERROR((void)repaired_network(*model, x, {}, {.equalize = false}), "4: ");
}

}  // namespace
}  // namespace tinytorch::quantization
