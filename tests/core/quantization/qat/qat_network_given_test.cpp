// Networks of every kind, trained in the integers they are deployed in: proofs, and what is
// refused.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/small_networks.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/transfer_weights.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

struct Setting {
  std::string name;
  QConfig config;
};

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    for (const int bits : {8, 4}) {
      QConfig config{.weight_bits = bits, .activation_bits = bits, .dialect = dialect};
      const std::string name =
          (dialect == Dialect::kOrt ? "ort W" : "tflite W") + std::to_string(bits);
      all.push_back({name, config});
      config.granularity = Granularity::kPerTensor;
      config.clip_gradient = ClipGradient::kPassed;
      config.observer = ObserverKind::kMinMax;
      all.push_back({name + " per tensor", config});
      config.granularity = Granularity::kPerChannel;
      config.weight_quantizer = WeightQuantizer::kLsq;
      config.observer = ObserverKind::kHistogram;
      all.push_back({name + " lsq", config});
    }
  }
  return all;
}

std::shared_ptr<QatNetwork> calibrated(const nn::Module& model, const Shape& sample,
                                       const QConfig& config, Rng& rng) {
  auto net = prepare_network(model, config);
  net->eval();
  (void)net->forward(small::batch(sample, 32, rng));
  net->set_phase(QatPhase::kQuantize);
  return net;
}

void expect_deployed_as_trained(QatNetwork& net, const Shape& sample, Rng& rng) {
  const Tensor x = small::batch(sample, 24, rng);
  net.eval();
  const Tensor trained = net.forward(x);
  const QuantizedNetwork deployed = convert_network(net);
  EXPECT_EQ(values(deployed.forward(x)), values(trained));
}

// A Linear runs through qat_linear under a plain config and as a convolution of one pixel under any
// other; kPassed changes gradients alone, so the two must give the same numbers.
TEST(QatNetwork, ALinearGivesTheSameIntegersAsAPixelsConvolution) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    Rng rng(12);
    const auto model = example.make(rng);
    const Tensor calibration = small::batch(example.sample, 32, rng);
    const Tensor x = small::batch(example.sample, 24, rng);
    std::vector<std::vector<float>> answers;
    for (const ClipGradient clip : {ClipGradient::kBlocked, ClipGradient::kPassed}) {
      const auto net =
          prepare_network(*model, {.weight_bits = 4, .activation_bits = 6, .clip_gradient = clip});
      net->eval();
      (void)net->forward(calibration);
      net->set_phase(QatPhase::kQuantize);
      answers.push_back(values(net->forward(x)));
    }
    EXPECT_EQ(answers[0], answers[1]);
  }
}

TEST(PreparedChain, IsTheNetworkThatAnyTreeGets) {
  Rng rng(13);
  const auto model = small::sequence(
      {std::make_shared<nn::Flatten>(), std::make_shared<nn::Linear>(12, 9, rng),
       std::make_shared<nn::ReLU>(), std::make_shared<nn::Dropout>(0.5f, 1),
       std::make_shared<nn::Linear>(9, 7, rng), std::make_shared<nn::Linear>(7, 3, rng)});
  const QConfig config{.weight_bits = 5, .bits_by_path = {{"4", 2}}, .activation_bits = 7};
  const auto net = prepare_qat(*model, config);
  (void)net->forward(Tensor::randn({40, 3, 2, 2}, rng));  // images, read as rows
  net->set_phase(QatPhase::kQuantize);
  net->eval();
  const QuantizedNetwork chain = convert(*net);
  const QuantizedNetwork tree = convert_network(*net);
  const Tensor x = Tensor::randn({20, 12}, rng);
  EXPECT_EQ(values(chain.forward(x)), values(tree.forward(x)));
  EXPECT_EQ(values(chain.forward(x)), values(net->forward(x)));
  ASSERT_EQ(chain.nodes().size(), tree.nodes().size());
  for (std::size_t i = 0; i < chain.nodes().size(); ++i) {
    EXPECT_EQ(chain.nodes()[i].path, tree.nodes()[i].path);
    EXPECT_EQ(layer_values(chain.nodes()[i])->weight, layer_values(tree.nodes()[i])->weight);
  }
  EXPECT_EQ(layer_values(chain.nodes()[1])->weight_bits, 2);
}

TEST(PreparedChain, RefusesWhatOnlyTreesCanDo) {
  Rng rng(14);
  const auto model = small::mlp(rng);
  for (const QConfig& config :
       {QConfig{.granularity = Granularity::kPerTensor},
        QConfig{.weight_quantizer = WeightQuantizer::kLsq},
        QConfig{.clip_gradient = ClipGradient::kPassed}, QConfig{.dialect = Dialect::kTflite}}) {
    EXPECT_NE(message([&] { (void)prepare_qat(*model, config); }).find("prepare_network"),
              std::string::npos);
    EXPECT_NE(message([&] { (void)convert(*prepare_network(*model, config)); }).find("convert: "),
              std::string::npos);
  }
  const std::string said = message([&] { (void)convert(*prepare_network(*small::cnn(rng), {})); });
  EXPECT_NE(said.find("convert: node 0 (0) must be a Linear"), std::string::npos) << said;
}

TEST(QatNetwork, WhatWasTrainedIsWhatIsDeployedBitForBit) {
  for (const small::Example& example : small::every_example()) {
    for (const Setting& setting : settings()) {
      SCOPED_TRACE(example.name + ", " + setting.name);
      Rng rng(7);
      const auto model = example.make(rng);
      small::train_a_little(*model, example.sample, 4, 0.05f, rng);
      const auto net = calibrated(*model, example.sample, setting.config, rng);
      expect_deployed_as_trained(*net, example.sample, rng);  // post-training quantization
      small::train_a_little(*net, example.sample, 4, 0.02f, rng);
      expect_deployed_as_trained(*net, example.sample, rng);
      net->freeze_batch_norm();
      small::train_a_little(*net, example.sample, 4, 0.02f, rng);
      expect_deployed_as_trained(*net, example.sample, rng);
    }
  }
}

TEST(QatNetwork, TrainingWithFrozenBatchNormRunsTheDeployedIntegers) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    Rng rng(8);
    const auto model = example.make(rng);
    small::train_a_little(*model, example.sample, 4, 0.05f, rng);
    const auto net = calibrated(*model, example.sample, {}, rng);
    net->freeze_batch_norm();
    net->freeze_observers();
    const Tensor x = small::batch(example.sample, 8, rng);
    const std::vector<float> deployed = values(convert_network(*net).forward(x));
    net->train();
    EXPECT_EQ(values(net->forward(x)), deployed);
  }
}

TEST(QatNetwork, EightBitsAreCloseToFloat) {
  for (const small::Example& example : small::every_example()) {
    SCOPED_TRACE(example.name);
    Rng rng(9);
    const auto model = example.make(rng);
    small::train_a_little(*model, example.sample, 20, 0.05f, rng);
    const Tensor x = small::batch(example.sample, 32, rng);
    const auto net = prepare_network(*model, {});
    net->eval();
    (void)net->forward(x);
    const Tensor exact = model->forward(x);
    const Tensor quantized = convert_network(*net).forward(x);
    double error = 0.0;
    double power = 0.0;
    for (std::size_t i = 0; i < exact.data().size(); ++i) {
      error += std::pow(exact.data()[i] - quantized.data()[i], 2.0);
      power += std::pow(exact.data()[i], 2.0);
    }
    EXPECT_LT(error, power / 1000.0);  // an SQNR above 30 dB
  }
}

TEST(QatNetwork, SharesParametersAndBuffersUnderTheSameKeys) {
  Rng rng(1);
  const auto model = small::residual(rng);
  const auto net = prepare_network(*model, {.weight_quantizer = WeightQuantizer::kLsq});
  const auto own = model->state_dict();
  const auto shared = net->model_state();
  ASSERT_EQ(shared.size(), own.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    EXPECT_EQ(shared[i].first, own[i].first);
    EXPECT_TRUE(shared[i].second.shares_storage_with(own[i].second)) << own[i].first;
  }
  EXPECT_GT(net->parameters().size(), model->parameters().size());
}

TEST(QatNetwork, LearnsScalesOnlyWhenAsked) {
  Rng rng(2);
  const auto model = small::cnn(rng);
  small::train_a_little(*model, {2, 8, 8}, 4, 0.05f, rng);
  const auto net = calibrated(*model, {2, 8, 8},
                              {.weight_bits = 4, .weight_quantizer = WeightQuantizer::kLsq}, rng);
  const Tensor scale = net->named_parameters().back().second;
  const std::vector<float> before = values(scale);
  small::train_a_little(*net, {2, 8, 8}, 3, 0.05f, rng);
  EXPECT_NE(values(scale), before);
}

TEST(QatNetwork, StartsLateAndFreezesWhenTold) {
  Rng rng(3);
  const auto model = small::cnn(rng);
  auto net = prepare_network(*model, {.quantize_after_step = 2,
                                      .freeze_observers_after_step = 4,
                                      .freeze_batch_norm_after_step = 3});
  net->set_phase(QatPhase::kQuantize);
  net->train();
  const Tensor x = small::batch({2, 8, 8}, 8, rng);
  const auto twin = small::cnn(rng);
  for (int step = 1; step <= 2; ++step) {
    nn::transfer_weights(model->state_dict(), twin->state_dict());
    twin->train();
    EXPECT_EQ(values(net->forward(x)), values(twin->forward(x))) << "step " << step << " is float";
  }
  nn::transfer_weights(model->state_dict(), twin->state_dict());
  EXPECT_NE(values(net->forward(x)), values(twin->forward(x)));
  EXPECT_FALSE(net->batch_norm_frozen());
  const std::vector<float> statistics = values(model->named_buffers().front().second);
  (void)net->forward(x);  // step 4
  EXPECT_TRUE(net->batch_norm_frozen());
  EXPECT_EQ(values(model->named_buffers().front().second), statistics);
  EXPECT_FALSE(net->observers_frozen());
  const QParams grid = net->input_qparams();
  const Tensor wide = ops::mul(x, 10.0f);
  (void)net->forward(wide);  // step 5
  EXPECT_TRUE(net->observers_frozen());
  EXPECT_EQ(net->input_qparams(), grid);
}

TEST(QatNetwork, ObserversFollowTrainingUntilFrozen) {
  Rng rng(4);
  const auto model = small::mlp(rng);
  const auto net = calibrated(*model, {12}, {}, rng);
  const Tensor wide = ops::mul(small::batch({12}, 8, rng), 10.0f);
  const QParams before = net->input_qparams();
  (void)net->forward(wide);
  EXPECT_EQ(net->input_qparams(), before) << "in eval mode nothing moves";
  net->train();
  (void)net->forward(wide);
  EXPECT_NE(net->input_qparams(), before);
}

TEST(QatNetwork, BatchNormWithAGammaOfZeroIsSimulated) {
  Rng rng(5);
  const auto model = small::cnn(rng);
  Tensor gamma = std::dynamic_pointer_cast<nn::BatchNorm2d>(model->layers()[1])->weight();
  gamma.data()[0] = 0.0f;
  gamma.data()[1] = -0.5f;
  const auto net = calibrated(*model, {2, 8, 8}, {}, rng);
  small::train_a_little(*net, {2, 8, 8}, 2, 0.01f, rng);
  expect_deployed_as_trained(*net, {2, 8, 8}, rng);
}

TEST(QatNetwork, TheSimulationOfBatchNormIsCloseToFloatTraining) {
  Rng rng(6);
  const auto model = small::cnn(rng);
  small::train_a_little(*model, {2, 8, 8}, 4, 0.05f, rng);
  const auto net = calibrated(*model, {2, 8, 8}, {.observer = ObserverKind::kMinMax}, rng);
  const auto twin = small::cnn(rng);
  nn::transfer_weights(model->state_dict(), twin->state_dict());
  const Tensor x = ops::mul(small::batch({2, 8, 8}, 64, rng), 0.7f);  // other statistics
  net->train();
  twin->train();
  const Tensor simulated = net->forward(x);
  const Tensor exact = twin->forward(x);
  for (std::size_t i = 0; i < exact.data().size(); ++i) {
    EXPECT_NEAR(simulated.data()[i], exact.data()[i], 0.1f);
  }
}

TEST(QatNetwork, ABiasThatDwarfsItsWeightsGetsACoarserChannel) {
  Rng rng(7);
  const auto model =
      small::sequence({std::make_shared<nn::Conv2d>(2, 3, 3, nn::Conv2dOptions{}, rng)});
  const auto layer = std::dynamic_pointer_cast<nn::Conv2d>(model->layers()[0]);
  Tensor weight = layer->weight();
  for (std::size_t i = 0; i < 18; ++i) weight.data()[i] *= 1e-8f;
  Tensor bias = layer->bias();
  bias.data()[0] = 1000.0f;
  const auto net = calibrated(*model, {2, 5, 5}, {}, rng);
  expect_deployed_as_trained(*net, {2, 5, 5}, rng);
  const Tensor y = convert_network(*net).forward(small::batch({2, 5, 5}, 1, rng));
  EXPECT_NEAR(y.data()[0], 1000.0f, 5.0f);
}

// --- refused ---

TEST(QatNetwork, NamesTheLayerWhereCalibrationMetNan) {
  Rng rng(1);
  const auto model = small::cnn(rng);
  const auto net = prepare_network(*model, {});
  net->eval();
  Tensor x = small::batch({2, 8, 8}, 2, rng);
  x.data()[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message([&] { (void)net->forward(x); }).find("the network's input: observe: value 5"),
            std::string::npos);
  Tensor weight = model->named_parameters().at(3).second;  // "4.weight"
  weight.data()[0] = std::numeric_limits<float>::infinity();
  const std::string said = message([&] { (void)net->forward(small::batch({2, 8, 8}, 2, rng)); });
  EXPECT_EQ(said.rfind("4: observe: value", 0), 0U) << said;
}

TEST(QatNetwork, RefusesToRunOrConvertBeforeCalibration) {
  Rng rng(1);
  const auto model = small::cnn(rng);
  const auto net = prepare_network(*model, {});
  const std::string wanted = "the network's input: range: nothing observed yet";
  EXPECT_NE(message([&] { (void)convert_network(*net); }).find(wanted), std::string::npos);
  net->set_phase(QatPhase::kQuantize);
  net->eval();
  EXPECT_NE(message([&] {
              (void)net->forward(small::batch({2, 8, 8}, 2, rng));
            }).find(wanted),
            std::string::npos);
}

TEST(QatNetwork, RefusesWidthsShapesAndModelsItCannotHold) {
  Rng rng(1);
  const auto model = small::cnn(rng);
  EXPECT_NE(message([&] {
              (void)prepare_network(*model, {.weight_bits = 9});
            }).find("9 weight bits; choose 2 to 8"),
            std::string::npos);
  EXPECT_NE(message([&] {
              (void)prepare_network(*model, {.activation_bits = 1});
            }).find("1 activation bits"),
            std::string::npos);
  EXPECT_NE(message([&] { (void)prepare_network(*small::sequence({}), {}); }).find("no layer"),
            std::string::npos);
  const auto net = prepare_network(*model, {});
  EXPECT_NE(message([&] { (void)net->forward(Tensor::zeros({4})); }).find("input [4]"),
            std::string::npos);
  // 7 × 7 images leave 1 × 1 × 8 features for a Linear of 32.
  EXPECT_NE(message([&] {
              (void)net->forward(small::batch({2, 7, 7}, 2, rng));
            }).find("9: Linear(32, 5): input [2, 8], expected [n, 32]"),
            std::string::npos);
  const auto flat = small::sequence({std::make_shared<nn::Linear>(8, 5, rng)});
  const auto images = prepare_network(*flat, {});
  EXPECT_NE(message([&] {
              (void)images->forward(small::batch({2, 8, 8}, 2, rng));
            }).find("images need a Flatten before"),
            std::string::npos);
}

TEST(QatNetwork, RefusesASumOfReorderedFeatures) {
  Rng rng(1);
  const auto model =
      small::sequence({std::make_shared<nn::Conv2d>(1, 2, 1, nn::Conv2dOptions{}, rng),
                       std::make_shared<nn::Flatten>(),
                       std::make_shared<nn::Residual>(std::make_shared<nn::Linear>(8, 8, rng))});
  const auto net = calibrated(*model, {1, 2, 2}, {}, rng);
  EXPECT_NE(message([&] { (void)convert_network(*net); }).find("adds the features of a Flatten"),
            std::string::npos);
}

}  // namespace
}  // namespace tinytorch::quantization
