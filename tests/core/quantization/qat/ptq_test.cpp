// Post-training repair of linear networks, down to the deployed integers; repaired_cnn_test.cpp has
// the convolutions.
#include "tinytorch/quantization/qat/ptq.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/sqnr.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

// 12-24-24-6 with channels pulled apart, as training with batch normalization leaves them.
std::shared_ptr<nn::Sequential> make_model(std::uint64_t seed) {
  Rng rng(seed);
  auto model = std::make_shared<nn::Sequential>();
  auto first = std::make_shared<nn::Linear>(12, 24, rng);
  auto second = std::make_shared<nn::Linear>(24, 24, rng);
  Tensor weight = first->weight();
  Tensor reader = second->weight();
  for (std::size_t c = 0; c < 24; ++c) {
    const float factor = std::exp2(static_cast<float>(c % 7) - 3.0f);
    for (std::size_t i = 0; i < 12; ++i) weight.data()[c * 12 + i] *= factor;
    for (std::size_t o = 0; o < 24; ++o) reader.data()[o * 24 + c] /= factor;
  }
  model->append(first).append(std::make_shared<nn::ReLU>());
  model->append(second).append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(24, 6, rng));
  return model;
}

// Twelve features with four causes behind them, as real data has, cut at 0.
Tensor inputs(std::uint64_t seed, std::int64_t rows) {
  const autograd::NoGradGuard no_grad;
  Rng mixing(99);
  const Tensor mix = Tensor::randn(Shape{4, 12}, mixing);
  Rng rng(seed);
  const Tensor causes = Tensor::randn(Shape{rows, 4}, rng);
  Tensor noise = Tensor::randn(Shape{rows, 12}, rng);
  for (float& value : noise.data()) value *= 0.2f;
  return ops::relu(ops::add(ops::matmul(causes, mix), noise));
}

Tensor deploy_and_run(const nn::Module& model, const Tensor& calibration, const Tensor& x,
                      const QConfig& config) {
  const autograd::NoGradGuard no_grad;
  const auto net = prepare_network(model, config);
  (void)net->forward(calibration);
  return convert_network(*net).forward(x);
}

double deployed_sqnr(std::uint64_t seed, int bits, const RepairOptions& options) {
  const autograd::NoGradGuard no_grad;
  const auto model = make_model(seed);
  const Tensor calibration = inputs(seed + 100, 200);
  const Tensor x = inputs(seed + 200, 300);
  const Tensor exact = model->forward(x);
  const QConfig config{.weight_bits = bits};
  const auto repaired = repaired_network(*model, calibration, config, options);
  const Tensor got = deploy_and_run(*repaired, calibration, x, config);
  return sqnr_db(exact.data(), got.data());
}

constexpr RepairOptions kNone{.equalize = false, .adaround = false, .correct_bias = false};

TEST(RepairedNetwork, WithoutRepairsItIsACopy) {
  const auto model = make_model(1);
  const auto copy = repaired_network(*model, inputs(2, 20), {}, kNone);
  const Tensor x = inputs(3, 10);
  const Tensor a = model->forward(x);
  const Tensor b = copy->forward(x);
  for (std::size_t i = 0; i < a.data().size(); ++i) EXPECT_EQ(a.data()[i], b.data()[i]);
  EXPECT_NE(model->children()[0].second, copy->children()[0].second);
}

TEST(RepairedNetwork, LeavesTheModelAlone) {
  const auto model = make_model(1);
  const auto untouched = make_model(1);
  (void)repaired_network(*model, inputs(2, 50), {.weight_bits = 3}, {.rounding = {.steps = 50}});
  const Tensor x = inputs(3, 10);
  const Tensor a = model->forward(x);
  const Tensor b = untouched->forward(x);
  for (std::size_t i = 0; i < a.data().size(); ++i) EXPECT_EQ(a.data()[i], b.data()[i]);
}

TEST(RepairedNetwork, EqualizationKeepsTheFloatFunction) {
  const auto model = make_model(4);
  const auto equal = repaired_network(*model, inputs(5, 20), {},
                                      {.equalize = true, .adaround = false, .correct_bias = false});
  const Tensor x = inputs(6, 30);
  EXPECT_GT(sqnr_db(model->forward(x).data(), equal->forward(x).data()), 100.0);
}

// Every step must pay on average, measured on inputs that calibration has not seen.
TEST(RepairedNetwork, EachRepairLosesLess) {
  double plain = 0.0;
  double equalized = 0.0;
  double corrected = 0.0;
  double all = 0.0;
  for (std::uint64_t seed = 10; seed < 14; ++seed) {
    plain += deployed_sqnr(seed, 4, kNone) / 4.0;
    equalized += deployed_sqnr(seed, 4, {.adaround = false, .correct_bias = false}) / 4.0;
    corrected += deployed_sqnr(seed, 4, {.adaround = false}) / 4.0;
    all += deployed_sqnr(seed, 4, {}) / 4.0;
  }
  EXPECT_GT(equalized, plain + 5.0);
  EXPECT_GT(corrected, equalized);
  EXPECT_GT(all, corrected + 2.0);
}

TEST(RepairedNetwork, ConvertFindsTheCodesThatAdaRoundChose) {
  const auto model = make_model(7);
  const QConfig config{.weight_bits = 3};
  const auto repaired =
      repaired_network(*model, inputs(8, 100), config, {.rounding = {.steps = 200}});
  for (const auto& [name, layer] : repaired->children()) {
    const auto linear = std::dynamic_pointer_cast<nn::Linear>(layer);
    if (linear == nullptr) continue;
    const Tensor weight = linear->weight();
    const auto scales = channel_scales(weight.data(), linear->out_features(), 3);
    std::vector<std::int8_t> codes(static_cast<std::size_t>(weight.numel()));
    quantize_per_channel(weight.data(), scales, 3, codes);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const float scale = scales[i / static_cast<std::size_t>(linear->in_features())];
      // On the grid already: the weight is its code times the scale, to the last digits.
      ASSERT_NEAR(weight.data()[i] / scale, static_cast<float>(codes[i]), 1e-5f);
    }
  }
}

TEST(RepairedNetwork, GivesTheSameNetworkEveryTime) {
  const auto model = make_model(9);
  const Tensor calibration = inputs(9, 60);
  const RepairOptions options{.rounding = {.steps = 60}};
  const auto a = repaired_network(*model, calibration, {.weight_bits = 3}, options)->state_dict();
  const auto b = repaired_network(*model, calibration, {.weight_bits = 3}, options)->state_dict();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t p = 0; p < a.size(); ++p) {
    const Tensor one = a[p].second;
    const Tensor two = b[p].second;
    for (std::size_t i = 0; i < one.data().size(); ++i) EXPECT_EQ(one.data()[i], two.data()[i]);
  }
}

// A bias that is far too large for its weights' steps: convert makes those steps larger instead of
// letting the code wrap, before the correction and after it.
TEST(RepairedNetwork, ABiasThatOverflowsItsCodeIsHandled) {
  Rng rng(20);
  nn::Sequential model;
  auto layer = std::make_shared<nn::Linear>(12, 2, rng);
  Tensor weight = layer->weight();
  Tensor bias = layer->bias();
  for (std::size_t i = 0; i < 12; ++i) weight.data()[i] *= 1e-12f;  // channel 0
  bias.data()[0] = 1000.0f;
  model.append(layer);
  const Tensor calibration = inputs(21, 50);
  const QConfig config{.weight_bits = 4};
  const auto repaired = repaired_network(model, calibration, config);
  const Tensor x = inputs(22, 20);
  const Tensor exact = model.forward(x);
  const Tensor got = deploy_and_run(*repaired, calibration, x, config);
  for (std::size_t i = 0; i < 40; i += 2) EXPECT_NEAR(got.data()[i], exact.data()[i], 5.0f);
}

TEST(RepairedNetwork, PassesOverFlattenAndDropout) {
  Rng rng(23);
  nn::Sequential model;
  model.append(std::make_shared<nn::Flatten>());
  model.append(std::make_shared<nn::Linear>(12, 4, rng));
  model.append(std::make_shared<nn::Dropout>(0.5f, 1));
  model.append(std::make_shared<nn::Linear>(4, 2, rng));
  Tensor images = inputs(24, 10);
  const Tensor x(Shape{10, 3, 4}, {images.data().begin(), images.data().end()});
  const auto repaired = repaired_network(model, x, {}, {.rounding = {.steps = 5}});
  EXPECT_EQ(repaired->describe(),
            "Sequential(Flatten(), Linear(12, 4), Sequential(), Linear(4, 2))");
}

// Used to fail: a shape of -1 was taken at its word.
TEST(PreparedChain, TakesImagesAsTheyAre) {
  Rng rng(25);
  nn::Sequential model;
  model.append(std::make_shared<nn::Flatten>());
  model.append(std::make_shared<nn::Linear>(12, 4, rng));
  Tensor images = inputs(26, 10);
  const Tensor x(Shape{10, 3, 4}, {images.data().begin(), images.data().end()});
  EXPECT_EQ(prepare_qat(model, {})->forward(x).shape(), (Shape{10, 4}));
}

TEST(RepairedNetwork, RefusesBadInput) {
  const auto model = make_model(1);
  EXPECT_ERROR((void)repaired_network(*model, Tensor(Shape{0, 12}), {}), "[0, 12]");
  EXPECT_ERROR((void)repaired_network(*model, Tensor(Shape{12}), {}), "[12]");
  EXPECT_ERROR((void)repaired_network(*model, inputs(2, 4).view({8, 6}), {}), "0: Linear(12, 24)");
  Tensor bad = inputs(2, 4);
  bad.data()[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR((void)repaired_network(*model, bad, {}), "the network's input");
  nn::Sequential pooled;
  Rng rng(1);
  pooled.append(std::make_shared<nn::Linear>(12, 4, rng));
  pooled.append(std::make_shared<nn::AdaptiveAvgPool2d>(2, 2));
  EXPECT_ERROR((void)repaired_network(pooled, inputs(2, 4), {}), "1, AdaptiveAvgPool2d");
}

TEST(RepairedNetwork, RefusesSettingsThatCannotWork) {
  const auto model = make_model(1);
  const Tensor x = inputs(2, 4);
  EXPECT_ERROR((void)repaired_network(*model, x, {.weight_quantizer = WeightQuantizer::kLsq}),
               "kLsq");
  EXPECT_ERROR((void)repaired_network(*model, x, {}, {.max_rows = 0}), "0: sampled_places: 0");
  EXPECT_ERROR((void)repaired_network(*model, x, {.weight_bits = 9}), "9 weight bits");
  EXPECT_ERROR((void)repaired_network(*model, x, {.bits_by_path = {{"1", 4}}}), "names 1");
}

TEST(RepairedNetwork, NamesTheLayerWhoseWeightIsNotFinite) {
  const auto model = make_model(1);
  Tensor weight = model->state_dict()[2].second;
  weight.data()[5] = std::numeric_limits<float>::infinity();
  EXPECT_ERROR((void)repaired_network(*model, inputs(2, 4), {}), "0 and 2: input_ranges: weight");
  EXPECT_ERROR((void)repaired_network(*model, inputs(2, 4), {}, {.equalize = false}), "2: ");
}

}  // namespace
}  // namespace tinytorch::quantization
