// Layers that stay in float within a network of integers: trained and deployed alike, kept by a
// file, and nothing of their weights rounded.
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/graph_networks.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/roads.h"
#include "tinytorch/quantization/study/layer_report.h"

namespace tinytorch::quantization {
namespace {

using testing_support::TemporaryFile;

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}

struct Case {
  small::Example example;
  std::set<std::string> in_float;
};

// A linear layer behind the Flatten of an image, one behind a row, the first layer, a depthwise one
// with ReLU6, one within a residual block.
std::vector<Case> cases() {
  const auto all = small::every_example();
  return {{all[0], {"0"}},      {all[0], {"3"}},           {all[1], {"0"}},  {all[1], {"9"}},
          {all[1], {"4", "9"}}, {all[2], {"3"}},           {all[2], {"11"}}, {all[3], {"1.body.0"}},
          {all[4], {"5"}},      {all[4], {"3", "9", "13"}}};
}

std::shared_ptr<QatNetwork> trained(const Case& one, QConfig config, Rng& rng) {
  const auto model = one.example.make(rng);
  small::train_a_little(*model, one.example.sample, 2, 0.05f, rng);
  config.float_layers = one.in_float;
  const auto net = prepare_network(*model, config);
  net->eval();
  (void)net->forward(small::batch(one.example.sample, 32, rng));
  net->set_phase(QatPhase::kQuantize);
  small::train_a_little(*net, one.example.sample, 3, 0.02f, rng);
  return net;
}

TEST(FloatLayers, WhatWasTrainedIsWhatIsDeployedBitForBit) {
  Rng rng(71);
  for (const Case& one : cases()) {
    for (const QConfig& config :
         {QConfig{}, QConfig{.weight_bits = 4, .weight_quantizer = WeightQuantizer::kLsq}}) {
      const auto net = trained(one, config, rng);
      const Tensor x = small::batch(one.example.sample, 9, rng);
      net->train();
      net->freeze_observers();
      net->freeze_batch_norm();
      const Tensor in_training = net->forward(x);
      net->eval();
      const QuantizedNetwork deployed = convert_network(*net);
      EXPECT_EQ(float_islands(deployed.nodes()).size(), one.in_float.size()) << one.example.name;
      EXPECT_EQ(values(in_training), values(deployed.forward(x))) << one.example.name;
      EXPECT_EQ(values(net->forward(x)), values(deployed.forward(x))) << one.example.name;
      const TemporaryFile file("float_layers");
      save_network(file.path(), deployed, {});
      const auto codes = deployed.quantize_input(x);
      EXPECT_EQ(load_network(file.path()).network.forward_codes(codes),
                deployed.forward_codes(codes))
          << one.example.name;
    }
  }
}

TEST(FloatLayers, TheirWeightsAreNotRounded) {
  Rng rng(72);
  const Case one{small::examples()[1], {"0", "4"}};
  const auto model = one.example.make(rng);
  small::train_a_little(*model, one.example.sample, 4, 0.05f, rng);
  model->eval();
  const Tensor x = small::batch(one.example.sample, 64, rng);
  const Tensor wanted = model->forward(x);
  const auto error_of = [&](const QConfig& config) {
    const Tensor got = ptq(*model, x, config).forward(x);
    double sum = 0.0;
    for (std::size_t i = 0; i < got.data().size(); ++i) {
      const double difference = double{got.data()[i]} - std::as_const(wanted).data()[i];
      sum += difference * difference;
    }
    return sum;
  };
  const double in_integers = error_of({.weight_bits = 3});
  EXPECT_LT(error_of({.weight_bits = 3, .float_layers = one.in_float}), in_integers / 2.0);
}

TEST(FloatLayers, RepairAndReportsPassThemOver) {
  Rng rng(73);
  const Case one{small::examples()[1], {"4"}};
  const auto model = one.example.make(rng);
  model->eval();
  const QConfig config{.weight_bits = 4, .float_layers = one.in_float};
  const Tensor x = small::batch(one.example.sample, 32, rng);
  const auto repaired = repaired_network(*model, x, config);
  const auto net = prepare_network(*repaired, config);
  net->eval();
  (void)net->forward(x);
  const auto reports = report_layers(*net, x);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[1].path, "4");
  EXPECT_EQ(reports[1].kind, "float conv");
  EXPECT_GT(reports[1].output_sqnr_db, 30.0);
}

TEST(FloatLayers, APathWithoutAWeightIsRefused) {
  Rng rng(74);
  const auto model = small::examples()[1].make(rng);
  EXPECT_ERROR((void)prepare_network(*model, {.float_layers = {"2"}}),
               "float_layers names 2, no layer with a weight");
}

}  // namespace
}  // namespace tinytorch::quantization
