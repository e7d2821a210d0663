#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"
#include "tinytorch/kernels/batch_norm.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::nn {
namespace {

using Inputs = const std::vector<Tensor>&;

Tensor random(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), -1.0f, 1.0f, rng);
}

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

TEST(Linear, StartsWithinPyTorchsBounds) {
  Rng rng(1);
  const Linear layer(25, 100, rng);
  EXPECT_EQ(layer.weight().shape(), (Shape{100, 25}));
  EXPECT_EQ(layer.bias().shape(), (Shape{100}));
  float largest = 0.0f;
  for (const float w : layer.weight().data()) largest = std::max(largest, std::fabs(w));
  EXPECT_LE(largest, 0.2f);
  EXPECT_GT(largest, 0.19f);
  EXPECT_TRUE(layer.weight().requires_grad());
}

TEST(Linear, WithoutBias) {
  Rng rng(1);
  Linear layer(3, 2, LinearOptions{.bias = false}, rng);
  EXPECT_FALSE(layer.bias().defined());
  EXPECT_EQ(layer.parameters().size(), 1u);
  EXPECT_EQ(layer(random({4, 3}, 1)).shape(), (Shape{4, 2}));
  EXPECT_EQ(layer.describe(), "Linear(3, 2, bias=False)");
}

TEST(Linear, RefusesEmptySizes) {
  Rng rng(1);
  EXPECT_ERROR(Linear(0, 5, rng), "linear: 0 inputs and 5 outputs; both must be at least 1");
}

TEST(Sequential, NamesItsParametersByPosition) {
  Rng rng(1);
  Sequential model;
  model.append(std::make_shared<Linear>(4, 3, rng)).append(std::make_shared<ReLU>());
  model.append(std::make_shared<Linear>(3, 2, LinearOptions{.bias = false}, rng));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.named_parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "2.weight"}));
  EXPECT_EQ(model.describe(), "Sequential(Linear(4, 3), ReLU(), Linear(3, 2, bias=False))");
  EXPECT_EQ(model.layers().size(), 3u);
  EXPECT_EQ(model(random({5, 4}, 1)).shape(), (Shape{5, 2}));
  EXPECT_ERROR(model.append(nullptr), "child 3 is a null pointer");
}

TEST(Sequential, WithoutLayersIsTheIdentity) {
  Sequential model;
  const Tensor x = random({2}, 1);
  EXPECT_TRUE(model(x).shares_storage_with(x));
}

TEST(Module, TrainAndEvalReachEveryChild) {
  auto inner = std::make_shared<Sequential>();
  auto dropout = std::make_shared<Dropout>(0.5f, 1);
  inner->append(dropout);
  Sequential outer({inner});
  outer.eval();
  EXPECT_FALSE(dropout->training());
  outer.train();
  EXPECT_TRUE(dropout->training());
}

TEST(Module, StateDictHoldsParametersThenBuffers) {
  Sequential model({std::make_shared<BatchNorm2d>(2)});
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.state_dict()) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"0.weight", "0.bias", "0.running_mean", "0.running_var"}));
  EXPECT_EQ(model.parameters().size(), 2u);
}

TEST(Module, LoadStateDictCopiesValues) {
  Rng rng(1);
  Linear from(3, 2, rng);
  Linear to(3, 2, rng);
  to.load_state_dict(from.state_dict());
  EXPECT_EQ(values(to.weight()), values(from.weight()));
  EXPECT_FALSE(to.weight().shares_storage_with(from.weight()));
}

TEST(Module, LoadStateDictNamesEveryMismatchAndChangesNothing) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  const std::vector<float> before = values(layer.weight());
  const std::vector<NamedTensor> state{
      {"weight", Tensor::ones({2, 3})}, {"bias", Tensor::ones({3})}, {"scale", Tensor::ones({1})}};
  EXPECT_ERROR(layer.load_state_dict(state), "bias has shape [3], the module wants [2]");
  EXPECT_ERROR(layer.load_state_dict(state), "unknown scale");
  EXPECT_ERROR(layer.load_state_dict({{"weight", Tensor::ones({2, 3})}}), "missing bias");
  EXPECT_ERROR(layer.load_state_dict({{"weight", Tensor::ones({2, 3})},
                                      {"bias", Tensor::ones({2})},
                                      {"bias", Tensor::ones({2})}}),
               "twice bias");
  EXPECT_EQ(values(layer.weight()), before);
}

TEST(Module, ZeroGradForgetsGradients) {
  Rng rng(1);
  Linear layer(3, 2, rng);
  ops::sum(layer(random({1, 3}, 1))).backward();
  EXPECT_TRUE(layer.weight().grad().defined());
  layer.zero_grad();
  EXPECT_FALSE(layer.weight().grad().defined());
}

TEST(Dropout, KeepsTheExpectedValue) {
  Dropout layer(0.25f, 7);
  const Tensor y = layer(Tensor::ones({10000}));
  int dropped = 0;
  for (const float value : y.data()) {
    EXPECT_TRUE(value == 0.0f || value == 1.0f / 0.75f);
    dropped += value == 0.0f;
  }
  EXPECT_NEAR(dropped, 2500, 150);
  EXPECT_NEAR(ops::mean(y).item(), 1.0f, 0.03f);
}

TEST(Dropout, DrawsAFreshMaskEachTime) {
  Dropout layer(0.5f, 7);
  const Tensor x = Tensor::ones({64});
  EXPECT_NE(values(layer(x)), values(layer(x)));
}

TEST(Dropout, IsTheIdentityInEvalMode) {
  Dropout layer(0.5f, 7);
  layer.eval();
  const Tensor x = random({8}, 1);
  EXPECT_EQ(values(layer(x)), values(x));
}

TEST(Dropout, GradientPassesThroughTheSameMask) {
  Dropout layer(0.5f, 7);
  Tensor x = Tensor::ones({64});
  x.set_requires_grad();
  const Tensor y = layer(x);
  ops::sum(y).backward();
  EXPECT_EQ(values(x.grad()), values(y));
}

TEST(Dropout, ChecksItsProbability) {
  EXPECT_ERROR(Dropout(1.5f, 1), "dropout: p is 1.5; expected 0 to 1");
  Dropout all(1.0f, 1);
  EXPECT_EQ(values(all(Tensor::ones({3}))), (std::vector<float>{0, 0, 0}));
}

TEST(LayerNorm, WorkedByHand) {
  LayerNorm layer(Shape{4}, {.epsilon = 0.0f});
  layer.load_state_dict(
      {{"weight", Tensor({4}, {1, 1, 1, 2})}, {"bias", Tensor({4}, {0, 0, 0, 1})}});
  const Tensor y = layer(Tensor({1, 4}, {1, 2, 3, 4}));
  const std::vector<float> expected{-1.3416408f, -0.4472136f, 0.4472136f, 3.6832816f};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(y.data()[i], expected[i], 1e-6f);
}

TEST(LayerNorm, KeepsItsDigitsAtALargeMean) {
  LayerNorm layer(Shape{4}, {.epsilon = 0.0f, .affine = false});
  const Tensor y = layer(Tensor({1, 4}, {10001, 10002, 10003, 10004}));
  EXPECT_NEAR(y.data()[0], -1.3416408f, 1e-5f);
}

TEST(LayerNorm, GradientsMatch) {
  for (const Shape& shape : {Shape{4}, Shape{3, 4}}) {
    const auto f = [shape](Inputs x) { return ops::layer_norm(x[0], shape, x[1], x[2], 1e-3f); };
    testing_support::expect_gradients(f, {random({2, 3, 4}, 1), random(shape, 2), random(shape, 3)},
                                      5e-3);
  }
  const auto plain = [](Inputs x) {
    return ops::layer_norm(x[0], Shape{4}, Tensor(), Tensor(), 1e-3f);
  };
  testing_support::expect_gradients(plain, {random({3, 4}, 1)}, 5e-3);
}

TEST(LayerNorm, ErrorsNameTheShapes) {
  LayerNorm layer(Shape{4});
  EXPECT_ERROR(layer(random({8, 3}, 1)),
               "layer_norm: [8, 3] does not end in the normalized shape [4]");
  EXPECT_ERROR(LayerNorm(Shape{0}), "holds no values");
}

TEST(BatchNorm2d, NormalizesByTheBatchAndTracksIt) {
  BatchNorm2d layer(2, 0.0f);
  const Tensor x({2, 2, 1, 2}, {1, 2, 10, 20, 3, 4, 30, 40});
  const Tensor y = layer(x);
  EXPECT_NEAR(y.at({0, 0, 0, 0}), -1.3416408f, 1e-6f);
  EXPECT_NEAR(y.at({1, 1, 0, 1}), 1.3416408f, 1e-6f);
  EXPECT_NEAR(layer.running_mean().at({0}), 0.25f, 1e-6f);
  EXPECT_NEAR(layer.running_mean().at({1}), 2.5f, 1e-6f);
  // 0.9 · 1 + 0.1 · 5/3: divided by n − 1 there, by n in the normalization.
  EXPECT_NEAR(layer.running_var().at({0}), 0.9f + 0.5f / 3.0f, 1e-6f);
}

TEST(BatchNorm2d, UsesTheRunningStatisticsInEvalMode) {
  BatchNorm2d layer(1, 0.0f);
  layer.load_state_dict({{"weight", Tensor({1}, {2})},
                         {"bias", Tensor({1}, {1})},
                         {"running_mean", Tensor({1}, {2.5f})},
                         {"running_var", Tensor({1}, {1.5625f})}});
  layer.eval();
  EXPECT_NEAR(layer(Tensor({1, 1, 1, 1}, {5})).item(), 5.0f, 1e-6f);
  EXPECT_EQ(layer.running_mean().item(), 2.5f);
}

TEST(BatchNorm2d, GradientsMatchInBothModes) {
  const auto batch = [](Inputs x) {
    Tensor mean(Shape{2});
    Tensor variance(Shape{2});
    kernels::channel_statistics(x[0].data(), {3, 2, 4}, mean.data(), variance.data());
    return ops::batch_norm(x[0], mean, variance, x[1], x[2],
                           {.epsilon = 1e-3f, .batch_statistics = true});
  };
  testing_support::expect_gradients(
      batch, {random({3, 2, 2, 2}, 1), random({2}, 2), random({2}, 3)}, 5e-3);
  const auto frozen = [](Inputs x) {
    return ops::batch_norm(x[0], Tensor({2}, {0.1f, -0.2f}), Tensor({2}, {0.5f, 2.0f}), x[1], x[2],
                           {.epsilon = 1e-3f});
  };
  testing_support::expect_gradients(
      frozen, {random({3, 2, 2, 2}, 1), random({2}, 2), random({2}, 3)}, 5e-3);
}

TEST(BatchNorm2d, ErrorsNameTheShapes) {
  BatchNorm2d layer(3);
  EXPECT_ERROR(layer(random({8, 2, 4, 4}, 1)),
               "batch_norm: input [8, 2, 4, 4]; expected [N, 3, H, W]");
  EXPECT_ERROR(layer(random({1, 3, 1, 1}, 1)), "training needs 2 or more");
}

TEST(ActivationLayers, PrintAndComputeAsNamed) {
  EXPECT_EQ(values(ReLU6()(Tensor({3}, {-1, 3, 9}))), (std::vector<float>{0, 3, 6}));
  EXPECT_EQ(values(ReLU()(Tensor({2}, {-1, 3}))), (std::vector<float>{0, 3}));
  EXPECT_NEAR(Sigmoid()(Tensor({1}, {1})).item(), 0.7310586f, 1e-6f);
  EXPECT_NEAR(Tanh()(Tensor({1}, {1})).item(), 0.7615942f, 1e-6f);
  EXPECT_NEAR(GELU()(Tensor({1}, {1})).item(), 0.8413447f, 1e-6f);
  EXPECT_NEAR(GELU(ops::Gelu::kTanh)(Tensor({1}, {1})).item(), 0.8411920f, 1e-6f);
  EXPECT_NEAR(Softmax(-1)(Tensor({1, 2}, {0, 0})).at({0, 1}), 0.5f, 1e-6f);
  EXPECT_EQ(Softmax(-1).describe(), "Softmax(dim=-1)");
  EXPECT_EQ(GELU(ops::Gelu::kTanh).describe(), "GELU(approximate='tanh')");
  EXPECT_EQ(Dropout(0.5f, 1).describe(), "Dropout(p=0.5)");
  EXPECT_EQ(Flatten()(Tensor::ones({2, 3, 4})).shape(), (Shape{2, 12}));
}

}  // namespace
}  // namespace tinytorch::nn
