// Results that are finite although a step on the way to them, done carelessly, is not. The expected
// values are those of the same formula in double.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/losses/l1.h"
#include "tinytorch/losses/mse.h"
#include "tinytorch/optim/clip.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Tensor parameter(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor({count}, std::move(values)).set_requires_grad();
}

// d Σ (result · grad) / d x.
void backward(const Tensor& result, std::vector<float> grad) {
  ops::sum(result * Tensor(result.shape(), std::move(grad))).backward();
}

void expect_grad(const Tensor& x, const std::vector<double>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(x.grad().data()[i]), expected[i], 1e-5 * std::fabs(expected[i]))
        << i;
  }
}

TEST(FiniteResults, AQuotientsGradientNeedsNoSquare) {
  const Tensor a = parameter({1e-20f, 1e25f, 1e30f, 1e20f});
  const Tensor b = parameter({1e-23f, 1e20f, 1e10f, 1e-20f});
  backward(ops::div(a, b), {1.0f, 1.0f, 1e-38f, 1e-30f});
  expect_grad(b, {-1e26, -1e-15, -1e-28, -1e30});
  const Tensor shared = parameter({1e-23f});
  backward(ops::div(Tensor({2}, {1e-20f, 3e-20f}), shared), {1.0f, 1.0f});
  expect_grad(shared, {-4e26});
  const Tensor reciprocal = parameter({1e25f});
  backward(1e20f / reciprocal, {1e15f});
  expect_grad(reciprocal, {-1e-15});
}

TEST(FiniteResults, GelusGradientFarOut) {
  for (const ops::Gelu form : {ops::Gelu::kTanh, ops::Gelu::kExact}) {
    const Tensor x =
        parameter({1e30f, -1e30f, 3e38f, -3e38f, kInfinity, -kInfinity, 40.0f, -40.0f});
    backward(ops::gelu(x, form), std::vector<float>(8, 2.0f));
    EXPECT_EQ(std::vector<float>(x.grad().data().begin(), x.grad().data().end()),
              (std::vector<float>{2, 0, 2, 0, 2, 0, 2, 0}));
  }
}

TEST(FiniteResults, APowersGradient) {
  const Tensor x = parameter({1e20f, 2e-20f});
  backward(ops::pow(x, 3.0f), {1e-10f, 1e10f});
  expect_grad(x, {3e30, 1.2e-29});
  const Tensor small = parameter({1e-20f});
  backward(ops::pow(small, -1.0f), {1e-10f});
  expect_grad(small, {-1e30});
}

TEST(FiniteResults, ALogarithmsGradient) {
  const Tensor x = parameter({1e-40f});
  backward(ops::log(x), {1e-10f});
  expect_grad(x, {static_cast<double>(1e-10f) / static_cast<double>(1e-40f)});
}

TEST(FiniteResults, NothingPassesWhereTheSlopeIsZero) {
  const std::vector<float> infinite(3, kInfinity);
  const Tensor x = parameter({-5.0f, 0.5f, 5.0f});
  backward(ops::clamp(x, 0.0f, 1.0f), infinite);
  EXPECT_EQ(x.grad().data()[0], 0.0f);
  EXPECT_EQ(x.grad().data()[2], 0.0f);
  const Tensor a = parameter({1.0f, 2.0f, 3.0f});
  const Tensor b = parameter({3.0f, 2.0f, 1.0f});
  backward(ops::maximum(a, b), infinite);
  EXPECT_EQ(a.grad().data()[0], 0.0f);
  EXPECT_EQ(a.grad().data()[1], kInfinity);
  EXPECT_EQ(b.grad().data()[2], 0.0f);
}

TEST(FiniteResults, AMeanSquaredError) {
  std::vector<float> values(1000, 0.0f);
  values[7] = 1e20f;
  const Tensor prediction = parameter(values);
  const Tensor loss = losses::mse_loss(prediction, Tensor::zeros({1000}));
  EXPECT_NEAR(static_cast<double>(loss.item()), 1e37, 1e31);
  loss.backward();
  EXPECT_NEAR(static_cast<double>(prediction.grad().data()[7]), 2e17, 1e11);
}

TEST(FiniteResults, AMeanAbsoluteError) {
  std::vector<float> values(1000, 0.0f);
  values[7] = 3e38f;
  const Tensor prediction = parameter(values);
  values[7] = -3e38f;
  const Tensor loss = losses::l1_loss(prediction, Tensor({1000}, values));
  EXPECT_NEAR(static_cast<double>(loss.item()), 6e35, 1e30);
  loss.backward();
  EXPECT_EQ(prediction.grad().data()[7], 1e-3f);
  EXPECT_EQ(prediction.grad().data()[8], 0.0f);
}

// With h the gradient of the normalized values x̂: (h − mean(h) − x̂ · mean(h · x̂)) / σ.
std::vector<double> normalized_gradient(const std::vector<float>& x, const std::vector<double>& h,
                                        double epsilon) {
  const auto n = static_cast<double>(x.size());
  double mean = 0.0, variance = 0.0, mean_h = 0.0, mean_hx = 0.0;
  for (const float v : x) mean += v / n;
  for (const float v : x) variance += (v - mean) * (v - mean) / n;
  const double deviation = std::sqrt(variance + epsilon);
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_h += h[i] / n;
    mean_hx += h[i] * (x[i] - mean) / deviation / n;
  }
  std::vector<double> gradient;
  for (std::size_t i = 0; i < x.size(); ++i) {
    gradient.push_back((h[i] - mean_h - (x[i] - mean) / deviation * mean_hx) / deviation);
  }
  return gradient;
}

// Gradients at the end of float, and a weight that takes them beyond: σ brings them back.
TEST(FiniteResults, ANormalizationsGradient) {
  const std::vector<float> values{1e6f, -2e6f, 4e6f, 0.0f};
  for (const auto& [weight, grad] : {std::pair{1.0f, std::vector{3e38f, -3e38f, 3e38f, -3e38f}},
                                     {1e5f, std::vector{1e36f, 1e36f, -1e36f, -2e36f}}}) {
    std::vector<double> h;
    for (const float g : grad) h.push_back(static_cast<double>(g) * static_cast<double>(weight));
    const std::vector<double> expected = normalized_gradient(values, h, 1e-5);
    const Tensor row = parameter(values);
    backward(
        ops::layer_norm(ops::reshape(row, {1, 4}), {4}, Tensor::full({4}, weight), Tensor(), 1e-5f),
        grad);
    expect_grad(row, expected);
    const Tensor channel = parameter(values);
    Tensor mean({1});
    Tensor variance({1});
    mean.data()[0] = 0.75e6f;
    variance.data()[0] = 4.6875e12f;
    backward(ops::batch_norm(ops::reshape(channel, {4, 1, 1, 1}), mean, variance,
                             Tensor::full({1}, weight), Tensor(), {.batch_statistics = true}),
             grad);
    expect_grad(channel, expected);
  }
}

TEST(FiniteResults, ASoftmaxsGradient) {
  const Tensor x = parameter({0.0f, 23.0f});
  backward(ops::softmax(x, 0), {3e38f, -3e38f});
  const double rare = std::exp(-23.0) / (1.0 + std::exp(-23.0));
  expect_grad(x, {rare * (1.0 - rare) * 6e38});
  const Tensor logits = parameter({0.0f, -50.0f});
  backward(ops::log_softmax(logits, 0), {3e38f, 3e38f});
  expect_grad(logits, {-3e38, 3e38});
}

TEST(FiniteResults, ClippingAGradientWhoseNormIsBeyondFloat) {
  const std::vector<Tensor> parameters{parameter({0, 0})};
  Tensor(parameters[0]).set_grad(Tensor({2}, {3e38f, 3e38f}));
  EXPECT_EQ(optim::clip_grad_norm(parameters, 1.0f), kInfinity);
  EXPECT_NEAR(parameters[0].grad().data()[1], std::sqrt(0.5f), 1e-6f);
  Tensor(parameters[0]).set_grad(Tensor({2}, {3e38f, 0.0f}));
  EXPECT_EQ(optim::clip_grad_norm(parameters, 1e-6f), 3e38f);
  EXPECT_NEAR(parameters[0].grad().data()[0], 1e-6f, 1e-12f);
}

TEST(FiniteResults, AMovingAverageOfExtremes) {
  quantization::MovingAverageObserver observer(0.5f);
  observer.observe(std::vector<float>{-3e38f, -2e38f});
  observer.observe(std::vector<float>{-2e38f, 3e38f});
  EXPECT_FLOAT_EQ(observer.range().max, 0.5e38f);
}

}  // namespace
}  // namespace tinytorch
