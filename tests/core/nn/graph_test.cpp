#include "tinytorch/nn/graph.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/nn/summary.h"

namespace tinytorch::nn {
namespace {

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}

// A squeeze-and-excite block with a shortcut around it.
struct Block {
  Rng rng{5};
  std::shared_ptr<Conv2d> conv =
      std::make_shared<Conv2d>(4, 4, 3, Conv2dOptions{.padding = 1}, rng);
  std::shared_ptr<Conv2d> squeeze = std::make_shared<Conv2d>(4, 4, 1, Conv2dOptions{}, rng);
  Graph graph{{{"conv", {0}, conv},
               {"pool", {1}, std::make_shared<AdaptiveAvgPool2d>()},
               {"squeeze", {2}, squeeze},
               {"gate", {3}, std::make_shared<Hardsigmoid>()},
               {"scale", {1, 4}, std::make_shared<Multiply>()},
               {"out", {0, 5}, std::make_shared<Add>()}}};
};

TEST(Graph, ComputesWhatTheSameLayersComputeByHand) {
  Block block;
  Rng rng(1);
  const Tensor x = Tensor::randn({2, 4, 6, 5}, rng);
  const Tensor features = block.conv->forward(x);
  const Tensor gate =
      ops::hardsigmoid(block.squeeze->forward(AdaptiveAvgPool2d().forward(features)));
  EXPECT_EQ(values(block.graph(x)), values(x + features * gate));
}

TEST(Graph, ChildrenStandUnderTheNodesNames) {
  Block block;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : block.graph.state_dict()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"conv.weight", "conv.bias", "squeeze.weight",
                                             "squeeze.bias"}));
  Graph small({{"a", {0}, std::make_shared<ReLU>()}, {"b", {0, 1}, std::make_shared<Concat>(-1)}});
  EXPECT_EQ(small.describe(), "Graph(a: ReLU(), b: Concat(dim=-1))");
}

TEST(Graph, GradientsReachEveryLayerThroughEveryUse) {
  Block block;
  Rng rng(1);
  Tensor x = Tensor::randn({2, 4, 6, 5}, rng);
  x.set_requires_grad();
  ops::sum(block.graph(x)).backward();
  EXPECT_TRUE(x.grad().defined());
  for (const Tensor& parameter : block.graph.parameters()) EXPECT_TRUE(parameter.grad().defined());
}

TEST(Graph, ALayerUsedTwiceSharesItsParameters) {
  Rng rng(2);
  auto linear = std::make_shared<Linear>(3, 3, rng);
  Graph graph({{"first", {0}, linear}, {"second", {1}, linear}});
  EXPECT_EQ(graph.parameters().size(), 2u);
  const Tensor x = Tensor::ones({1, 3});
  EXPECT_EQ(values(graph(x)), values(linear->forward(linear->forward(x))));
}

TEST(Graph, ReplacesAChildInItsNode) {
  Rng rng(2);
  Graph graph({{"first", {0}, std::make_shared<ReLU>()}, {"sum", {0, 1}, std::make_shared<Add>()}});
  graph.replace_child("first", std::make_shared<Tanh>());
  EXPECT_EQ(graph.describe(), "Graph(first: Tanh(), sum: Add())");
  EXPECT_FLOAT_EQ(graph(Tensor::ones({1})).item(), 1.0f + std::tanh(1.0f));
  EXPECT_ERROR(graph.replace_child("sum", std::make_shared<ReLU>()), "takes 1 inputs, got 2");
  EXPECT_ERROR(graph.replace_child("third", std::make_shared<ReLU>()), "no child third");
  EXPECT_ERROR(graph.replace_child("first", nullptr), "null");
}

TEST(Graph, RefusesNodesThatCannotRun) {
  const auto relu = std::make_shared<ReLU>();
  const auto add = std::make_shared<Add>();
  EXPECT_ERROR(Graph({}), "no nodes");
  EXPECT_ERROR(Graph({{"", {0}, relu}}), "node 0 has no name");
  EXPECT_ERROR(Graph({{"a.b", {0}, relu}}), "\"a.b\" holds a dot");
  EXPECT_ERROR(Graph({{"a", {0}, relu}, {"a", {1}, relu}}), "two nodes are named \"a\"");
  EXPECT_ERROR(Graph({{"a", {0}, nullptr}}), "node a has a null pointer");
  EXPECT_ERROR(Graph({{"a", {1}, relu}}), "node a reads value 1, but only values 0 to 0");
  EXPECT_ERROR(Graph({{"a", {0, 0}, relu}}), "node a, ReLU(), takes 1 inputs, got 2");
  EXPECT_ERROR(Graph({{"a", {0}, add}}), "node a, Add(), takes 2 inputs, got 1");
  EXPECT_ERROR(Graph({{"a", {}, std::make_shared<Concat>()}}), "takes 1 or more inputs, got 0");
  EXPECT_ERROR(Graph({{"a", {0}, relu}, {"b", {0}, relu}}), "the result of node a is not used");
}

TEST(Graph, AnErrorOfALayerNamesTheNode) {
  Rng rng(2);
  Graph graph(
      {{"a", {0}, std::make_shared<Linear>(4, 3, rng)}, {"sum", {0, 1}, std::make_shared<Add>()}});
  EXPECT_ERROR(graph(Tensor::ones({2, 4})),
               "graph: node sum: Add(): inputs [2, 4] and [2, 3]; expected one shape");
  EXPECT_ERROR(graph(Tensor::ones({2, 5})), "graph: node a: ");
}

TEST(Graph, SummaryShowsTheShapeOfEveryNode) {
  Block block;
  const std::vector<LayerSummary> rows = layers_of(block.graph, {1, 4, 6, 5});
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[3].output, (Shape{1, 4, 1, 1}));
  EXPECT_EQ(rows[4].name, "scale");
  EXPECT_EQ(rows[4].output, (Shape{1, 4, 6, 5}));
}

TEST(Joins, ComputeTheirFormulas) {
  const std::vector<Tensor> inputs = {Tensor({1, 2}, {1.0f, -2.0f}), Tensor({1, 2}, {3.0f, -4.0f})};
  EXPECT_EQ(values(Add().join(inputs)), (std::vector<float>{4.0f, -6.0f}));
  EXPECT_EQ(values(Multiply().join(inputs)), (std::vector<float>{3.0f, 8.0f}));
  EXPECT_EQ(values(Maximum().join(inputs)), (std::vector<float>{3.0f, -2.0f}));
  EXPECT_EQ(values(Concat(1).join(inputs)), (std::vector<float>{1.0f, -2.0f, 3.0f, -4.0f}));
  EXPECT_EQ(Concat(0).join(inputs).shape(), (Shape{2, 2}));
}

TEST(Joins, RefuseWhatDoesNotFit) {
  const Tensor x = Tensor::ones({2, 3});
  const std::vector<Tensor> wide = {x, Tensor::ones({2, 1})};
  EXPECT_ERROR(Add().forward(x), "Add(): takes 2 inputs; put it in a Graph, or call join()");
  EXPECT_ERROR(Concat().forward(x), "takes several inputs");
  EXPECT_ERROR(Add().join(wide), "[2, 3] and [2, 1]; expected one shape, nothing is broadcast");
  EXPECT_ERROR(Maximum().join(wide), "expected one shape");
  EXPECT_EQ(Multiply().join(wide).shape(), (Shape{2, 3}));
  EXPECT_ERROR(Multiply().join(std::vector<Tensor>{x}), "takes 2 inputs, got 1");
}

}  // namespace
}  // namespace tinytorch::nn
