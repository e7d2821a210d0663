#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"
#include "tinytorch/losses/binary_cross_entropy.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/losses/mse.h"

namespace tinytorch::losses {
namespace {

using Inputs = const std::vector<Tensor>&;
using Labels = std::vector<std::int64_t>;
using testing_support::expect_gradients;

Tensor random(Shape shape, std::uint64_t seed, float low = -1.0f, float high = 1.0f) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), low, high, rng);
}

TEST(MseLoss, WorkedByHand) {
  EXPECT_EQ(mse_loss(Tensor({2}, {1, 2}), Tensor({2}, {3, 2})).item(), 2.0f);
}

TEST(MseLoss, GradientMatches) {
  expect_gradients([](Inputs x) { return mse_loss(x[0], x[1]); },
                   {random({2, 3}, 1), random({2, 3}, 2)});
}

TEST(MseLoss, RefusesToBroadcast) {
  EXPECT_ERROR(mse_loss(random({8, 1}, 1), random({8}, 2)),
               "mse_loss: prediction [8, 1] and target [8] differ in shape");
}

TEST(CrossEntropy, WorkedByHand) {
  const Tensor logits({2, 3}, {1, 2, 3, 1, 2, 3});
  EXPECT_NEAR(cross_entropy(logits.rows(0, 1), Labels{0}).item(), 2.4076059f, 1e-6f);
  EXPECT_NEAR(cross_entropy(logits, Labels{0, 2}).item(), (2.4076059f + 0.4076059f) / 2, 1e-6f);
}

TEST(CrossEntropy, OfEqualLogitsIsTheLogarithmOfTheClasses) {
  EXPECT_NEAR(cross_entropy(Tensor::zeros({4, 10}), Labels{0, 3, 5, 9}).item(), std::log(10.0f),
              1e-6f);
}

TEST(CrossEntropy, IsFiniteForLargeLogits) {
  const Tensor logits({1, 2}, {0, 1e4f});
  EXPECT_EQ(cross_entropy(logits, Labels{0}).item(), 1e4f);
  EXPECT_EQ(cross_entropy(logits, Labels{1}).item(), 0.0f);
}

TEST(CrossEntropy, GradientMatches) {
  const Labels labels{2, 0, 1, 2};
  expect_gradients([&](Inputs x) { return cross_entropy(x[0], labels) * 3.0f; },
                   {random({4, 3}, 1)});
}

TEST(CrossEntropy, GradientWorkedByHand) {
  const Tensor log_probabilities({1, 3}, {std::log(0.1f), std::log(0.2f), std::log(0.7f)});
  const Tensor grad = cross_entropy_backward(Tensor::scalar(1), log_probabilities, Labels{2});
  EXPECT_NEAR(grad.at({0, 0}), 0.1f, 1e-6f);
  EXPECT_NEAR(grad.at({0, 2}), -0.3f, 1e-6f);
}

TEST(CrossEntropy, ChecksItsLabels) {
  const Tensor logits = Tensor::zeros({4, 10});
  EXPECT_ERROR(cross_entropy(logits, Labels{1, 2, 3, 10}),
               "cross_entropy: label 10 of row 3; 10 classes are numbered 0 to 9");
  EXPECT_ERROR(cross_entropy(logits, Labels{-1, 2, 3, 1}), "label -1 of row 0");
  EXPECT_ERROR(cross_entropy(logits, Labels{1, 2}),
               "cross_entropy: 2 labels for logits of shape [4, 10]");
  EXPECT_ERROR(cross_entropy(Tensor::zeros({10}), Labels{1}), "expected [rows, classes]");
  EXPECT_ERROR(cross_entropy(Tensor::zeros({0, 10}), Labels{}), "at least one row");
}

TEST(BinaryCrossEntropy, WorkedByHand) {
  EXPECT_NEAR(binary_cross_entropy(Tensor({2}, {0.8f, 0.4f}), Tensor({2}, {1, 0})).item(),
              0.3669846f, 1e-6f);
}

TEST(BinaryCrossEntropy, AConfidentMistakeCosts100) {
  EXPECT_EQ(binary_cross_entropy(Tensor({1}, {0}), Tensor({1}, {1})).item(), 100.0f);
  EXPECT_EQ(binary_cross_entropy(Tensor({1}, {1}), Tensor({1}, {0})).item(), 100.0f);
  EXPECT_EQ(binary_cross_entropy(Tensor({1}, {1}), Tensor({1}, {1})).item(), 0.0f);
}

TEST(BinaryCrossEntropy, GradientMatches) {
  const Tensor target({4}, {1, 0, 0.3f, 1});
  expect_gradients([&](Inputs x) { return binary_cross_entropy(x[0], target); },
                   {random({4}, 1, 0.2f, 0.8f)});
}

TEST(BinaryCrossEntropy, ChecksRangeAndShape) {
  EXPECT_ERROR(binary_cross_entropy(Tensor({1}, {1.5f}), Tensor({1}, {1})),
               "probability 1.5 is not in [0, 1]");
  const Tensor nan({1}, {std::numeric_limits<float>::quiet_NaN()});
  EXPECT_ERROR(binary_cross_entropy(nan, Tensor({1}, {1})), "probability nan");
  EXPECT_ERROR(binary_cross_entropy(random({4}, 1, 0, 1), random({5}, 1)),
               "input [4] and target [5] differ");
  EXPECT_ERROR(binary_cross_entropy(Tensor(Shape{0}), Tensor(Shape{0})), "no elements");
}

TEST(BinaryCrossEntropyWithLogits, WorkedByHandAndFinite) {
  EXPECT_NEAR(binary_cross_entropy_with_logits(Tensor({1}, {2}), Tensor({1}, {1})).item(),
              0.1269280f, 1e-6f);
  EXPECT_EQ(binary_cross_entropy_with_logits(Tensor({1}, {200}), Tensor({1}, {0})).item(), 200.0f);
  EXPECT_EQ(binary_cross_entropy_with_logits(Tensor({1}, {-200}), Tensor({1}, {1})).item(), 200.0f);
}

TEST(BinaryCrossEntropyWithLogits, AgreesWithTheOtherForm) {
  const Tensor logits = random({20}, 1, -3.0f, 3.0f);
  const Tensor target = random({20}, 2, 0.0f, 1.0f);
  EXPECT_NEAR(binary_cross_entropy_with_logits(logits, target).item(),
              binary_cross_entropy(ops::sigmoid(logits), target).item(), 1e-5f);
}

TEST(BinaryCrossEntropyWithLogits, GradientMatches) {
  const Tensor target({4}, {1, 0, 0.3f, 1});
  expect_gradients([&](Inputs x) { return binary_cross_entropy_with_logits(x[0], target); },
                   {random({4}, 1, -2.0f, 2.0f)});
}

}  // namespace
}  // namespace tinytorch::losses
