#include "tinytorch/autograd/engine.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/ops.h"

namespace tinytorch {
namespace {

Tensor parameter(float value) {
  Tensor x = Tensor::scalar(value);
  x.set_requires_grad();
  return x;
}

TEST(Backward, AddsUpOverAllPaths) {
  Tensor a = parameter(3.0f);
  Tensor b = parameter(4.0f);
  (a * b + a).backward();
  EXPECT_EQ(a.grad().item(), 5.0f);
  EXPECT_EQ(b.grad().item(), 3.0f);
}

TEST(Backward, VisitsASharedResultOnceItsGradientIsComplete) {
  // z = y² + y with y = 2x: dz/dx = (2y + 1)·2 = 26 at x = 3.
  Tensor x = parameter(3.0f);
  const Tensor y = x * 2.0f;
  (y * y + y).backward();
  EXPECT_EQ(x.grad().item(), 26.0f);
}

TEST(Backward, AccumulatesOverCallsUntilZeroGrad) {
  Tensor x = parameter(2.0f);
  (x * x).backward();
  (x * x).backward();
  EXPECT_EQ(x.grad().item(), 8.0f);
  x.zero_grad();
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, OfALeafIsOne) {
  Tensor x = parameter(2.0f);
  x.backward();
  EXPECT_EQ(x.grad().item(), 1.0f);
}

TEST(Backward, LeavesGradientsIndependentOfEachOther) {
  Tensor a = parameter(1.0f);
  Tensor b = parameter(1.0f);
  (a + b).backward();
  Tensor grad = a.grad();
  grad.data()[0] = 100.0f;
  EXPECT_EQ(b.grad().item(), 1.0f);
}

TEST(Backward, SurvivesAChainOfAMillionOperations) {
  Tensor x = parameter(1.0f);
  Tensor y = x;
  for (int i = 0; i < 1'000'000; ++i) y = y + 1.0f;
  y.backward();
  EXPECT_EQ(x.grad().item(), 1.0f);
}

TEST(Backward, AnUnusedChainIsFreedWithoutRecursion) {
  Tensor y = parameter(1.0f);
  for (int i = 0; i < 1'000'000; ++i) y = y + 1.0f;
  EXPECT_TRUE(y.requires_grad());
}

TEST(Backward, IsLinearInADiamondGraph) {
  // Every level uses the one below twice: 2^60 paths, 60 nodes.
  Tensor x = parameter(1.0f);
  Tensor y = x;
  for (int i = 0; i < 60; ++i) y = (y + y) * 0.5f;
  y.backward();
  EXPECT_EQ(x.grad().item(), 1.0f);
}

TEST(Backward, FreesTheGraph) {
  Tensor x = parameter(2.0f);
  const Tensor y = x * x;
  std::weak_ptr<autograd::Node> below;
  {
    const Tensor inner = x * 3.0f;
    below = inner.node();
    const Tensor outer = inner * inner;
    outer.backward();
    EXPECT_FALSE(below.expired());  // inner still holds it
    EXPECT_ERROR(outer.backward(), "freed by an earlier backward()");
  }
  EXPECT_TRUE(below.expired());
}

TEST(Backward, ARetainedGraphCanBeWalkedAgain) {
  Tensor x = parameter(2.0f);
  const Tensor y = x * x;
  y.backward({.retain_graph = true});
  y.backward();
  EXPECT_EQ(x.grad().item(), 8.0f);
}

TEST(Backward, GraphsWithAResultCapturedInItsOwnRuleAreFreed) {
  std::weak_ptr<autograd::Node> node;
  {
    Tensor x = parameter(2.0f);
    const Tensor y = ops::exp(x);  // its rule needs y
    node = y.node();
  }
  EXPECT_TRUE(node.expired());
}

TEST(Backward, RefusesWhatHasNoGradient) {
  EXPECT_ERROR(Tensor::scalar(1.0f).backward(), "nothing this tensor depends on");
  Tensor x = Tensor::ones({2, 3});
  x.set_requires_grad();
  EXPECT_ERROR((x * 2.0f).backward(),
               "backward: starts from one number, got a tensor of shape [2, 3]");
}

TEST(Backward, SkipsInputsThatNeedNoGradient) {
  Tensor x = parameter(2.0f);
  const Tensor constant = Tensor::scalar(5.0f);
  (x * constant).backward();
  EXPECT_EQ(x.grad().item(), 5.0f);
  EXPECT_FALSE(constant.grad().defined());
}

TEST(TopologicalOrder, HoldsEachNodeOnceAfterItsUsers) {
  Tensor a = parameter(1.0f);
  const Tensor y = a * 2.0f;
  const Tensor z = ops::exp(y);
  const Tensor w = z + y;
  const auto order = autograd::topological_order(w.node());
  ASSERT_EQ(order.size(), 3u);
  EXPECT_EQ(order[0], w.node());
  EXPECT_EQ(order[1], z.node());
  EXPECT_EQ(order[2], y.node());
}

TEST(NoGradGuard, SwitchesRecordingOffAndNests) {
  const Tensor x = parameter(1.0f);
  {
    const autograd::NoGradGuard outer;
    { const autograd::NoGradGuard inner; }
    EXPECT_FALSE((x * x).requires_grad());
  }
  EXPECT_TRUE((x * x).requires_grad());
}

TEST(Record, ChecksWhatARuleReturns) {
  const Tensor x = parameter(1.0f);
  const auto with = [&](autograd::Backward rule) {
    return autograd::record("custom", Tensor::scalar(1.0f), {x}, std::move(rule));
  };
  EXPECT_ERROR(with([](const Tensor&) { return std::vector<Tensor>{}; }).backward(),
               "backward of custom: 0 gradients for 1 inputs");
  EXPECT_ERROR(with([](const Tensor&) { return std::vector{Tensor::ones({2})}; }).backward(),
               "backward of custom: gradient of shape [2] for input 0 of shape []");
}

TEST(Record, NothingIsRecordedForConstants) {
  EXPECT_FALSE((Tensor::ones({2}) * Tensor::ones({2})).requires_grad());
}

TEST(RequiresGrad, OnlyLeavesCanBeMarked) {
  const Tensor x = parameter(1.0f);
  Tensor y = x * x;
  EXPECT_ERROR(y.set_requires_grad(), "result of an operation");
  EXPECT_FALSE(y.detach().requires_grad());
}

TEST(Grad, RefusesAnotherShape) {
  Tensor x = Tensor::ones({2, 3});
  EXPECT_ERROR(x.set_grad(Tensor::ones({3})),
               "a gradient of shape [3] for a tensor of shape [2, 3]");
}

}  // namespace
}  // namespace tinytorch
