// Networks that are no trees: what was trained is what is deployed, bit for bit, and what a file
// holds. The matching of graphs, and what it refuses.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/expect_error.h"
#include "tests/support/graph_networks.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/ptq.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/roads.h"
#include "tinytorch/quantization/study/debug_network.h"
#include "tinytorch/quantization/study/layer_report.h"
#include "tinytorch/quantization/weight_only/weight_only_linear.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

using small::Layers;
using testing_support::TemporaryFile;

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}

// A few steps in float, calibration, a few steps in integers.
std::shared_ptr<QatNetwork> trained(const small::Example& example, const QConfig& config,
                                    Rng& rng) {
  const auto model = example.make(rng);
  small::train_a_little(*model, example.sample, 2, 0.05f, rng);
  const auto net = prepare_network(*model, config);
  net->eval();
  (void)net->forward(small::batch(example.sample, 32, rng));
  net->set_phase(QatPhase::kQuantize);
  small::train_a_little(*net, example.sample, 3, 0.02f, rng);
  return net;
}

std::vector<QConfig> configs() {
  return {{},
          {.weight_bits = 4, .weight_quantizer = WeightQuantizer::kLsq},
          {.activation_bits = 6, .granularity = Granularity::kPerTensor},
          {.clip_gradient = ClipGradient::kPassed, .dialect = Dialect::kTflite}};
}

TEST(GraphNetwork, WhatWasTrainedIsWhatIsDeployedBitForBit) {
  Rng rng(31);
  for (const small::Example& example : small::graph_examples()) {
    for (const QConfig& config : configs()) {
      const auto net = trained(example, config, rng);
      const Tensor x = small::batch(example.sample, 9, rng);
      net->train();
      net->freeze_observers();
      net->freeze_batch_norm();
      const Tensor in_training = net->forward(x);
      net->eval();
      const QuantizedNetwork deployed = convert_network(*net);
      EXPECT_EQ(values(in_training), values(deployed.forward(x))) << example.name;
      EXPECT_EQ(values(net->forward(x)), values(deployed.forward(x))) << example.name;
      const TemporaryFile file("graph_network");
      save_network(file.path(), deployed, {{"method", "qat"}});
      const QuantizedNetwork loaded = load_network(file.path()).network;
      const auto codes = deployed.quantize_input(x);
      EXPECT_EQ(loaded.forward_codes(codes), deployed.forward_codes(codes)) << example.name;
      for (const Isa isa : supported_isas()) {
        EXPECT_EQ(deployed.forward_codes(codes, isa), loaded.forward_codes(codes)) << name(isa);
      }
    }
  }
}

TEST(GraphNetwork, EveryParameterOfTheMobileNetworkLearns) {
  Rng rng(32);
  const auto net = trained(small::mobile_example(), {}, rng);
  net->train();
  net->zero_grad();
  ops::sum(net->forward(small::batch({3, 16, 12}, 8, rng))).backward();
  for (const auto& [name, parameter] : net->named_parameters()) {
    EXPECT_TRUE(parameter.grad().defined()) << name;
  }
}

TEST(GraphNetwork, StaysCloseToTheFloatModel) {
  Rng rng(33);
  for (const small::Example& example : small::graph_examples()) {
    const auto model = example.make(rng);
    small::train_a_little(*model, example.sample, 2, 0.05f, rng);
    const Tensor x = small::batch(example.sample, 64, rng);
    const QuantizedNetwork deployed = ptq(*model, x, {.observer = ObserverKind::kMinMax});
    const Tensor exact = model->forward(x);
    const Tensor coded = deployed.forward(x);
    double signal = 0.0;
    double noise = 0.0;
    for (std::size_t i = 0; i < values(exact).size(); ++i) {
      signal += std::pow(double{values(exact)[i]}, 2);
      noise += std::pow(double{values(exact)[i]} - double{values(coded)[i]}, 2);
    }
    EXPECT_GT(10.0 * std::log10(signal / noise), 15.0) << example.name;
  }
}

std::vector<std::string> kinds(const QuantizedNetwork& network) {
  std::vector<std::string> names;
  for (const QuantizedNode& node : network.nodes()) names.push_back(kind_name(node.op));
  return names;
}

TEST(GraphNetwork, TheMobileNetworkIsAllIntegers) {
  Rng rng(34);
  const auto net = trained(small::mobile_example(), {}, rng);
  const QuantizedNetwork deployed = convert_network(*net);
  EXPECT_TRUE(float_islands(deployed.nodes()).empty());
  EXPECT_EQ(kinds(deployed),
            (std::vector<std::string>{"conv",         "hardswish",  // stem
                                      "conv",         "conv",        "average pool", "conv",
                                      "conv",         "hardsigmoid",         // b1
                                      "multiply",     "conv",        "add",  //
                                      "conv",         "hardswish",   "conv",         "hardswish",
                                      "average pool", "conv",                                 // b2
                                      "conv",         "hardsigmoid", "multiply",     "conv",  //
                                      "conv",         "hardswish",   "average pool", "flatten",
                                      "linear",       "hardswish",   "linear"}));
}

TEST(GraphNetwork, FloatIslandsAreNamed) {
  Rng rng(35);
  const auto net = trained({"islands", small::islands, {2, 8, 8}}, {}, rng);
  const QuantizedNetwork deployed = convert_network(*net);
  EXPECT_EQ(float_islands(deployed.nodes()),
            (std::vector<std::string>{"0.image_norm", "0.attention", "0.norm", "0.shares"}));
  const auto reports = report_layers(*net, small::batch({2, 8, 8}, 16, rng));
  ASSERT_EQ(reports.size(), 6u);
  EXPECT_EQ(reports[1].kind, "float layer_norm");
  EXPECT_GT(reports[1].output_sqnr_db, 20.0);
  EXPECT_NE(layer_table(reports).find("0.shares (float softmax) "), std::string::npos)
      << layer_table(reports);
}

// --- matching ---

std::vector<QatNode> matched(std::vector<nn::GraphNode> nodes) {
  return match_graph(nn::Graph(std::move(nodes)));
}

TEST(MatchGraph, JoinsAnActivationOnlyWhereNothingElseReadsTheLayer) {
  Rng rng(36);
  const auto conv = [&] { return small::conv(2, 2, 3, 1, 1, rng); };
  const auto relu = std::make_shared<nn::ReLU>();
  const auto add = std::make_shared<nn::Add>();
  auto alone = matched({{"c", {0}, conv()}, {"r", {1}, relu}});
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_EQ(alone[0].activation, Activation::kRelu);
  auto shared = matched({{"c", {0}, conv()}, {"r", {1}, relu}, {"s", {1, 2}, add}});
  ASSERT_EQ(shared.size(), 3u);
  EXPECT_EQ(shared[0].activation, Activation::kNone);
  EXPECT_EQ(shared[1].kind, QatKind::kFunction);
  // Between the two stands another node; Hardtanh(0, 6) is a ReLU6.
  auto apart = matched({{"c", {0}, conv()},
                        {"d", {0}, conv()},
                        {"r", {1}, std::make_shared<nn::Hardtanh>(0.0f, 6.0f)},
                        {"s", {2, 3}, add},
                        {"t", {4}, relu}});
  ASSERT_EQ(apart.size(), 3u);
  EXPECT_EQ(apart[0].activation, Activation::kRelu6);
  EXPECT_EQ(apart[2].activation, Activation::kRelu);
  EXPECT_EQ(apart[2].inputs, (std::vector<std::size_t>{2, 1}));
  // A second one, one behind a pool, and one at the very beginning are tables.
  auto tables = matched({{"first", {0}, relu},
                         {"c", {1}, conv()},
                         {"r", {2}, relu},
                         {"r2", {3}, relu},
                         {"pool", {4}, std::make_shared<nn::MaxPool2d>(2)},
                         {"r3", {5}, relu}});
  EXPECT_EQ(tables.size(), 5u);
}

TEST(MatchGraph, ABatchNormJoinsTheConvolutionThatOnlyItReads) {
  Rng rng(43);
  const auto conv = small::conv(2, 2, 3, 1, 1, rng);
  const auto norm = std::make_shared<nn::BatchNorm2d>(2);
  EXPECT_EQ(matched({{"c", {0}, conv}, {"n", {1}, norm}}).size(), 1u);
  auto shared =
      matched({{"c", {0}, conv}, {"n", {1}, norm}, {"s", {1, 2}, std::make_shared<nn::Add>()}});
  ASSERT_EQ(shared.size(), 3u);
  EXPECT_EQ(shared[0].batch_norm, nullptr);
  EXPECT_EQ(shared[1].batch_norm, norm);
  EXPECT_EQ(shared[1].path, "n");
}

TEST(MatchGraph, TakesFunctionsPastAFlatten) {
  Rng rng(37);
  auto nodes = matched({{"flatten", {0}, std::make_shared<nn::Flatten>()},
                        {"act", {1}, std::make_shared<nn::Hardswish>()},
                        {"fc", {2}, std::make_shared<nn::Linear>(8, 2, rng)}});
  ASSERT_EQ(nodes.size(), 3u);
  EXPECT_EQ(nodes[0].path, "act");
  EXPECT_EQ(nodes[1].kind, QatKind::kFlatten);
  EXPECT_EQ(nodes[2].inputs, (std::vector<std::size_t>{2}));
}

TEST(MatchGraph, RefusesWhatHasNoIntegerForm) {
  Rng rng(38);
  EXPECT_ERROR((void)matched({{"p", {0}, std::make_shared<nn::AdaptiveAvgPool2d>(2, 2)}}),
               "p, AdaptiveAvgPool2d");
  class Odd : public nn::Module {
    Tensor forward(const Tensor& x) override { return x; }
    std::string describe() const override { return "Odd()"; }
  };
  EXPECT_ERROR(
      (void)matched(
          {{"inner", {0}, std::make_shared<nn::Sequential>(Layers{std::make_shared<Odd>()})}}),
      "match_graph: inner.0, Odd(), has no integer form");
}

TEST(MatchGraph, TreesOfTheLearnersLayersGoThroughMatchNetwork) {
  Rng rng(39);
  const auto tree = small::residual(rng);
  const auto theirs = match_network(*tree);
  const auto ours = match_graph(*tree);
  ASSERT_EQ(theirs.size(), ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(theirs[i].path, ours[i].path);
    EXPECT_EQ(theirs[i].inputs, ours[i].inputs);
    EXPECT_EQ(theirs[i].activation, ours[i].activation);
    EXPECT_EQ(theirs[i].batch_norm, ours[i].batch_norm);
  }
}

// A tree with one of the new functions needs no Graph around it.
TEST(MatchGraph, TakesTreesWithOtherActivations) {
  Rng rng(40);
  const auto tree = small::sequence(
      {std::make_shared<nn::Linear>(4, 6, rng), std::make_shared<nn::Hardswish>(),
       std::make_shared<nn::Residual>(small::sequence(
           {std::make_shared<nn::Linear>(6, 6, rng), std::make_shared<nn::Tanh>()})),
       std::make_shared<nn::Linear>(6, 2, rng)});
  const Tensor x = small::batch({4}, 50, rng);
  const QuantizedNetwork network = ptq(*tree, x);
  EXPECT_EQ(kinds(network),
            (std::vector<std::string>{"linear", "hardswish", "linear", "tanh", "add", "linear"}));
}

// Not below a Sequential, and with a layer that stands in two places.
TEST(GraphNetwork, GoesDownEveryRoad) {
  Rng rng(44);
  const auto twice = std::make_shared<nn::Linear>(6, 6, rng);
  nn::Graph graph({{"in", {0}, std::make_shared<nn::Linear>(4, 6, rng)},
                   {"act", {1}, std::make_shared<nn::SiLU>()},
                   {"first", {2}, twice},
                   {"second", {3}, twice},
                   {"sum", {1, 4}, std::make_shared<nn::Add>()},
                   {"out", {5}, std::make_shared<nn::Linear>(6, 2, rng)}});
  const Tensor x = small::batch({4}, 60, rng);
  EXPECT_EQ(ptq(graph, x).nodes().size(), 6u);
  EXPECT_EQ(ptq(graph, x, {}, {.repair = RepairOptions{}}).nodes().size(), 6u);
  EXPECT_EQ(weight_only(graph, {.bits = 8}).size(), 4u);
  EXPECT_EQ(graph(x).shape(), (Shape{60, 2}));
  EXPECT_EQ(graph.nodes()[2].module, graph.nodes()[3].module);
}

// --- repair, reports ---

TEST(GraphNetwork, IsRepairedAndReportedLikeAnyOther) {
  Rng rng(41);
  for (const small::Example& example : small::graph_examples()) {
    const auto model = example.make(rng);
    small::train_a_little(*model, example.sample, 2, 0.05f, rng);
    const Tensor x = small::batch(example.sample, 32, rng);
    const Tensor before = model->forward(x);
    const QConfig config{.weight_bits = 4};
    const auto repaired = repaired_network(*model, x, config);
    EXPECT_EQ(values(model->forward(x)), values(before)) << example.name;
    const auto net = prepare_network(*repaired, config);
    net->eval();
    (void)net->forward(x);
    const auto reports = report_layers(*net, x);
    EXPECT_GE(reports.size(), 3u) << example.name;
    for (const LayerReport& report : reports) EXPECT_LT(report.differ, 0.2) << report.path;
  }
}

TEST(GraphNetwork, ADamagedFileNamesThePlace) {
  Rng rng(42);
  const auto net = trained({"functions", small::functions, {12}}, {}, rng);
  const TemporaryFile file("graph_network");
  save_network(file.path(), convert_network(*net));
  train::SafeTensors stored = train::read_safetensors(file.path());
  const auto with = [&](const std::string& key, const std::string& value) {
    train::SafeTensors damaged = stored;
    for (auto& [own, text] : damaged.metadata) {
      if (own == key) text = value;
    }
    train::write_safetensors(file.path(), damaged);
  };
  with("1.function", "softplus");
  EXPECT_ERROR((void)load_network(file.path()), "1.function is \"softplus\"");
  with("1.kind", "fonction");
  EXPECT_ERROR((void)load_network(file.path()), "1.kind is \"fonction\"");
  with("1.output_scale", "0");
  EXPECT_ERROR((void)load_network(file.path()), "1.output_scale is 0");
}

}  // namespace
}  // namespace tinytorch::quantization
