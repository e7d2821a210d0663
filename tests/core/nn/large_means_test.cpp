// Normalization of values whose mean is large beside their spread: every digit of the spread
// counts. The expected values are those of the definition in double.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/batch_norm.h"
#include "tinytorch/nn/batch_norm.h"

namespace tinytorch {
namespace {

Tensor around(float mean, float spread, Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  Tensor x(std::move(shape));
  for (float& value : x.data()) value = mean + spread * rng.normal();
  return x.set_requires_grad();
}

struct Exact {
  std::vector<double> normal;
  std::vector<double> grad;  // of Σ grad · normal
};

// `count` values, `step` apart from `first` on, normalized together.
void normalize(const Tensor& x, const Tensor& grad, const std::vector<std::size_t>& places,
               double epsilon, Exact& exact) {
  const auto n = static_cast<double>(places.size());
  const auto value = [&](std::size_t at) { return static_cast<double>(x.data()[at]); };
  const auto g = [&](std::size_t at) { return static_cast<double>(grad.data()[at]); };
  double mean = 0.0;
  double variance = 0.0;
  double sum_g = 0.0;
  double sum_g_normal = 0.0;
  for (const std::size_t at : places) mean += value(at) / n;
  for (const std::size_t at : places) variance += (value(at) - mean) * (value(at) - mean) / n;
  const double inverse = 1.0 / std::sqrt(variance + epsilon);
  for (const std::size_t at : places) {
    exact.normal[at] = (value(at) - mean) * inverse;
    sum_g += g(at);
    sum_g_normal += g(at) * exact.normal[at];
  }
  for (const std::size_t at : places) {
    exact.grad[at] = inverse * (g(at) - sum_g / n - exact.normal[at] * sum_g_normal / n);
  }
}

Exact exact_of(const Tensor& x, const Tensor& grad, std::int64_t groups, std::int64_t inner,
               double epsilon) {
  Exact exact{std::vector<double>(x.data().size()), std::vector<double>(x.data().size())};
  for (std::int64_t group = 0; group < groups; ++group) {
    std::vector<std::size_t> places;
    for (std::int64_t at = 0; at < x.numel(); ++at) {
      if (at / inner % groups == group) places.push_back(static_cast<std::size_t>(at));
    }
    normalize(x, grad, places, epsilon, exact);
  }
  return exact;
}

void expect_close(const Tensor& got, const std::vector<double>& expected, double tolerance) {
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(got.data()[i]) - expected[i]));
  }
  EXPECT_LE(worst, tolerance);
}

TEST(LargeMeans, OfRows) {
  for (const float mean : {0.0f, 3.0f, -1e5f, 1e5f, 3e6f}) {
    const Tensor x = around(mean, 1.0f, {6, 96}, 1);
    const Tensor grad = around(0.0f, 1.0f, {6, 96}, 2);
    const Tensor y = ops::layer_norm(x, {96}, Tensor(), Tensor(), 1e-5f);
    ops::sum(y * grad).backward();
    const Exact exact = exact_of(x, grad, 6, 96, 1e-5);
    expect_close(y, exact.normal, 2e-6);
    expect_close(x.grad(), exact.grad, 2e-6);
  }
}

TEST(LargeMeans, OfChannelsInTraining) {
  for (const float mean : {0.0f, 3.0f, -1e5f, 1e5f, 3e6f}) {
    const Tensor x = around(mean, 1.0f, {4, 3, 5, 5}, 3);
    const Tensor grad = around(0.0f, 1.0f, {4, 3, 5, 5}, 4);
    nn::BatchNorm2d layer(3);
    const Tensor y = layer(x);
    ops::sum(y * grad).backward();
    const Exact exact = exact_of(x, grad, 3, 25, 1e-5);
    expect_close(y, exact.normal, 2e-6);
    expect_close(x.grad(), exact.grad, 2e-6);
  }
}

TEST(LargeMeans, OfAffineWeightsGradients) {
  const Tensor x = around(1e5f, 1.0f, {400, 2}, 5);
  const Tensor weight = Tensor::ones({2}).set_requires_grad();
  const Tensor ones = Tensor::ones({400, 2});
  Tensor grad = Tensor::zeros({400, 2});
  for (std::size_t i = 0; i < grad.data().size(); i += 2) grad.data()[i] = 1.0f;
  ops::sum(ops::layer_norm(x, {2}, weight, Tensor(), 1e-5f) * grad).backward();
  const Exact exact = exact_of(x, grad, 400, 2, 1e-5);
  double expected = 0.0;
  for (std::size_t i = 0; i < exact.normal.size(); i += 2) expected += exact.normal[i];
  EXPECT_NEAR(static_cast<double>(weight.grad().data()[0]), expected, 1e-3);
}

TEST(LargeMeans, OfChannelsInUse) {
  const Tensor x = around(1e5f, 1.0f, {4, 1, 5, 5}, 6);
  const Tensor mean({1}, {1e5f});
  const Tensor variance({1}, {1.0f});
  const Tensor y = ops::batch_norm(x, mean, variance, Tensor({1}, {0.3f}), Tensor({1}, {0.5f}),
                                   {.epsilon = 0.0f, .batch_statistics = false});
  for (std::size_t i = 0; i < y.data().size(); ++i) {
    EXPECT_FLOAT_EQ(y.data()[i], (x.data()[i] - 1e5f) * 0.3f + 0.5f);
  }
}

TEST(LargeMeans, AVarianceBeyondFloatNormalizesAllTheSame) {
  Tensor x = around(0.0f, 1.0f, {4, 1, 5, 5}, 7);
  for (float& value : x.data()) value *= 1e25f;
  const Tensor y = nn::BatchNorm2d(1)(x);
  const Exact exact = exact_of(x, Tensor::zeros(x.shape()), 1, 25, 1e-5);
  expect_close(y, exact.normal, 2e-6);
  const Tensor row = ops::layer_norm(x.view({1, 100}), {100}, Tensor(), Tensor(), 1e-5f);
  expect_close(row, exact.normal, 2e-6);
}

}  // namespace
}  // namespace tinytorch
