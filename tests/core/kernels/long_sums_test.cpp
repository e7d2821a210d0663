// Sums over many values, forward and backward. In float a total of 2^24 no longer sees a 1, and a
// hundred thousand times 0.1 is off in the fourth digit.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/convolution.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/pooling.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch {
namespace {

constexpr std::int64_t kMany = 100'000;
constexpr std::int64_t kBeyondFloat = (std::int64_t{1} << 24) + 10;

void expect_close(float got, double expected, double relative = 2e-6) {
  EXPECT_NEAR(static_cast<double>(got), expected, relative * std::fabs(expected));
}

Tensor parameter(Tensor values) { return values.set_requires_grad(); }

// Σ result · 0.1: every element of `result` gets the gradient 0.1.
void backward_a_tenth(const Tensor& result) { ops::sum(result * 0.1f).backward(); }

const double kTenth = static_cast<double>(0.1f);

TEST(LongSums, DoNotStallAlongAnyAxis) {
  const Tensor ones = Tensor::ones({kBeyondFloat, 2});
  EXPECT_EQ(ops::sum(ones, 0).at({1}), 16777226.0f);
  EXPECT_EQ(ops::sum(ones.view({2, kBeyondFloat}), 1).at({1}), 16777226.0f);
  EXPECT_EQ(ops::mean(ones, 0).at({0}), 1.0f);
}

TEST(LongSums, DoNotDriftAlongAnyAxis) {
  const Tensor tenths = Tensor::full({kMany, 3}, 0.1f);
  expect_close(ops::sum(tenths, 0).at({2}), kTenth * kMany);
  expect_close(ops::sum(tenths.view({1, 3, kMany}), 2).at({0, 1}), kTenth * kMany);
  expect_close(ops::sum(tenths.view({3, kMany, 1}), 1).at({1, 0}), kTenth * kMany);
}

TEST(LongSums, LargeTermsThatCancelLeaveTheSmallOnes) {
  Tensor x = Tensor::ones({1002, 2});
  for (std::int64_t column = 0; column < 2; ++column) {
    x.data()[static_cast<std::size_t>(column)] = 1e8f;
    x.data()[static_cast<std::size_t>(1001 * 2 + column)] = -1e8f;
  }
  EXPECT_EQ(ops::sum(x, 0).at({0}), 1000.0f);
  expect_close(ops::mean(x, 0).at({1}), 1000.0 / 1002.0);
}

TEST(LongSums, OfABroadcastsGradient) {
  const Tensor bias = parameter(Tensor::zeros({2}));
  const Tensor column = parameter(Tensor::zeros({kMany, 1}));
  backward_a_tenth(ops::add(Tensor::zeros({kMany, 2}), bias));
  expect_close(bias.grad().at({1}), kTenth * kMany);
  const Tensor number = parameter(Tensor::scalar(1.0f));
  backward_a_tenth(ops::mul(Tensor::ones({kMany, 2}), number));
  expect_close(number.grad().item(), kTenth * 2 * kMany);
}

TEST(LongSums, OfALinearLayersGradients) {
  const Tensor weight = parameter(Tensor::zeros({5, 3}));
  const Tensor bias = parameter(Tensor::zeros({5}));
  backward_a_tenth(ops::linear(Tensor::ones({kMany, 3}), weight, bias));
  expect_close(bias.grad().at({4}), kTenth * kMany);
  expect_close(weight.grad().at({4, 2}), kTenth * kMany, 1e-5);
}

// The pixel in the middle stands in every window.
TEST(LongSums, OfOverlappingWindowsGradients) {
  const ops::PoolOptions windows{.kernel = Extent2(1, kMany), .stride = Extent2(1, 1)};
  std::vector<float> values(2 * kMany, 1.0f);
  values[kMany] = 2.0f;
  const Tensor x = parameter(Tensor({1, 1, 1, 2 * kMany}, std::move(values)));
  backward_a_tenth(ops::max_pool2d(x, windows));
  expect_close(x.grad().at({0, 0, 0, kMany}), kTenth * kMany);
  const Tensor y = parameter(Tensor::ones({1, 1, 1, 2 * kMany}));
  backward_a_tenth(ops::avg_pool2d(y, windows));
  expect_close(y.grad().at({0, 0, 0, kMany}), kTenth);
}

TEST(LongSums, OfAMatrixProduct) {
  for (const std::int64_t rows : {1, 3, 5}) {
    for (const std::int64_t columns : {1, 40}) {
      const Tensor a = Tensor::full({rows, kMany}, 0.1f);
      const Tensor b = Tensor::ones({kMany, columns});
      expect_close(ops::matmul(a, b).at({rows - 1, columns - 1}), kTenth * kMany, 1e-5);
      std::vector<float> c(static_cast<std::size_t>(rows * columns), 1000.0f);
      kernels::gemm(kernels::Trans::kNo, kernels::Trans::kNo, rows, columns, kMany, a.data(),
                    b.data(), c, true);
      expect_close(c.back(), kTenth * kMany + 1000.0, 2e-5);
    }
  }
}

TEST(LongSums, OfAMatrixSharedByABatch) {
  const Tensor a = parameter(Tensor::zeros({4, 1}));
  const Tensor b = Tensor::ones({kMany, 1, 1});
  backward_a_tenth(ops::matmul(a, b));
  expect_close(a.grad().at({3, 0}), kTenth * kMany, 1e-5);
}

TEST(LongSums, OfAConvolutionsGradients) {
  for (const std::int64_t examples : {1, 40}) {
    const Tensor weight = parameter(Tensor::zeros({2, 1, 1, 1}));
    const Tensor bias = parameter(Tensor::zeros({2}));
    const Tensor x = Tensor::ones({examples, 1, kMany / 40, 40 / examples});
    backward_a_tenth(ops::conv2d(x, weight, bias));
    expect_close(bias.grad().at({1}), kTenth * kMany);
    expect_close(weight.grad().at({1, 0, 0, 0}), kTenth * kMany, 1e-5);
  }
}

TEST(LongSums, OfAConvolutionsWindow) {
  for (const std::int64_t out : {1, 3, 4}) {
    const Tensor x = Tensor::full({1, kMany / 10, 1, 19}, 0.1f);
    const Tensor weight = Tensor::ones({out, kMany / 10, 1, 10});
    const Tensor y = ops::conv2d(x, weight, Tensor());
    expect_close(y.at({0, out - 1, 0, 9}), kTenth * kMany, 1e-5);
    std::vector<float> plain(y.data().size());
    kernels::conv2d(x.data(), weight.data(), {},
                    {.in_channels = kMany / 10,
                     .in_width = 19,
                     .out_channels = out,
                     .kernel_width = 10,
                     .out_width = 10},
                    plain);
    expect_close(plain.back(), kTenth * kMany);
  }
}

TEST(LongSums, OfAGlobalAveragePool) {
  const Tensor ones = Tensor::ones({1, 1, 4200, 4200});  // 17.6 million
  EXPECT_EQ(ops::adaptive_avg_pool2d(ones, 1, 1).item(), 1.0f);
  EXPECT_EQ(ops::avg_pool2d(ones, {.kernel = 4200, .stride = 4200}).item(), 1.0f);
}

TEST(LongSums, OfLayerNormsGradients) {
  const Tensor weight = parameter(Tensor::ones({2}));
  const Tensor bias = parameter(Tensor::zeros({2}));
  Tensor x = Tensor::zeros({kMany, 2});
  for (std::size_t i = 0; i < x.data().size(); i += 2) x.data()[i] = 2.0f;
  backward_a_tenth(ops::layer_norm(x, {2}, weight, bias, 0.0f));
  expect_close(bias.grad().at({0}), kTenth * kMany);
  expect_close(weight.grad().at({0}), kTenth * kMany);
  expect_close(weight.grad().at({1}), -kTenth * kMany);
}

TEST(LongSums, OfARowThatIsLookedUpAgainAndAgain) {
  const Tensor table = parameter(Tensor::zeros({3, 2}));
  std::vector<std::int64_t> indices(kMany, 1);
  indices[7] = 2;
  backward_a_tenth(ops::index_select(table, indices));
  expect_close(table.grad().at({1, 1}), kTenth * (kMany - 1));
  EXPECT_EQ(table.grad().at({2, 0}), 0.1f);
  EXPECT_EQ(table.grad().at({0, 0}), 0.0f);
}

// One 0 among kMany values of ln 0.1: the exponentials add up to 1 + 0.1 · (kMany − 1).
TEST(LongSums, OfSoftmaxAndItsLogarithm) {
  for (const std::int64_t inner : {1, 2}) {
    Tensor x = Tensor::full({kMany, inner}, std::log(0.1f));
    for (std::int64_t i = 0; i < inner; ++i) x.data()[static_cast<std::size_t>(i)] = 0.0f;
    const double total = 1.0 + kTenth * (kMany - 1);
    const Tensor line = inner == 1 ? x.view({1, kMany}) : x;
    const std::int64_t dim = inner == 1 ? 1 : 0;
    expect_close(ops::softmax(line, dim).at({0, 0}), 1.0 / total, 4e-6);
    EXPECT_NEAR(ops::log_softmax(line, dim).at({0, 0}), -std::log(total), 3e-6);
  }
}

TEST(LongSums, OfSoftmaxsGradients) {
  // All probabilities equal p, all gradients 0.1 but the first, which is 1.1.
  const Tensor x = parameter(Tensor::zeros({1, kMany}));
  Tensor grad = Tensor::full({1, kMany}, 0.1f);
  grad.data()[0] = 1.1f;
  ops::sum(ops::softmax(x, 1) * grad).backward();
  const double p = 1.0 / kMany;
  const double dot = (static_cast<double>(1.1f) + (kMany - 1) * kTenth) * p;
  EXPECT_NEAR(x.grad().at({0, 1}) / p, kTenth - dot, 3e-7);
  const Tensor z = parameter(Tensor::zeros({1, kMany}));
  ops::sum(ops::log_softmax(z, 1) * grad).backward();
  EXPECT_NEAR(z.grad().at({0, 1}), kTenth - dot, 3e-7);
}

TEST(Mean, DividesInsteadOfMultiplyingByAReciprocal) {
  for (std::int64_t n = 1; n <= 1000; ++n) {
    ASSERT_EQ(ops::mean(Tensor::ones({n})).item(), 1.0f) << n;
    ASSERT_EQ(ops::mean(Tensor::ones({n, 2}), 0).at({1}), 1.0f) << n;
  }
  const Tensor x = parameter(Tensor::ones({41}));
  (ops::mean(x) * 41.0f).backward();
  EXPECT_EQ(x.grad().at({40}), 41.0f / 41.0f);
}

TEST(Mean, OfValuesWhoseSumOverflows) {
  EXPECT_EQ(ops::mean(Tensor::full({4}, 3e38f)).item(), 3e38f);
  EXPECT_EQ(ops::mean(Tensor::full({4, 3}, -3e38f), 0).at({2}), -3e38f);
  EXPECT_EQ(ops::adaptive_avg_pool2d(Tensor::full({1, 1, 2, 2}, 3e38f), 1, 1).item(), 3e38f);
}

// The tile of totals is 4096 wide, and eight lines are added at a time.
TEST(Mean, AlongADimensionIsTheSumInOrderDivided) {
  Rng rng(3);
  for (const std::int64_t size : {1, 2, 7, 8, 9, 17}) {
    for (const std::int64_t inner : {2, 100, 4096, 4097}) {
      const Tensor x = Tensor::randn({2, size, inner}, rng);
      const Tensor mean = ops::mean(x, 1);
      for (std::int64_t o = 0; o < 2; ++o) {
        for (std::int64_t i = 0; i < inner; ++i) {
          double total = 0.0;
          for (std::int64_t s = 0; s < size; ++s) total += static_cast<double>(x.at({o, s, i}));
          ASSERT_EQ(mean.at({o, i}), static_cast<float>(total / static_cast<double>(size)))
              << size << " × " << inner << " at " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tinytorch
