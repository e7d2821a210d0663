#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"
#include "tinytorch/kernels/im2col.h"
#include "tinytorch/kernels/pooling.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch {
namespace {

using kernels::ConvSizes;
using kernels::Window;
using Inputs = const std::vector<Tensor>&;

Tensor random(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), -1.0f, 1.0f, rng);
}

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

struct Case {
  Shape x;
  Shape weight;
  ops::ConvOptions options;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{2, 3, 5, 6}, {4, 3, 3, 3}, {}},
      {{2, 3, 5, 6}, {4, 3, 3, 3}, {.padding = 1}},
      {{1, 2, 7, 8}, {3, 2, 3, 2}, {.stride = 2, .padding = 1}},
      {{2, 4, 5, 5}, {4, 1, 3, 3}, {.padding = 1, .groups = 4}},
      {{1, 4, 6, 5}, {6, 2, 2, 3}, {.stride = 3, .padding = 2, .groups = 2}},
      {{2, 3, 4, 4}, {5, 3, 1, 1}, {}},
      {{1, 1, 2, 2}, {1, 1, 5, 5}, {.padding = 3}},
  };
  return all;
}

ConvSizes sizes_of(const Case& c) {
  ConvSizes s{.batch = c.x[0],
              .in_channels = c.x[1],
              .in_height = c.x[2],
              .in_width = c.x[3],
              .out_channels = c.weight[0],
              .kernel_height = c.weight[2],
              .kernel_width = c.weight[3],
              .stride = c.options.stride.height,
              .padding = c.options.padding.top,
              .groups = c.options.groups};
  s.out_height = kernels::output_size(s.in_height, s.kernel_height, s.stride, s.padding);
  s.out_width = kernels::output_size(s.in_width, s.kernel_width, s.stride, s.padding);
  return s;
}

TEST(OutputSize, CountsPlaces) {
  EXPECT_EQ(kernels::output_size(8, 3, 1, 1), 8);
  EXPECT_EQ(kernels::output_size(8, 3, 2, 1), 4);
  EXPECT_EQ(kernels::output_size(8, 3, 1, 0), 6);
  EXPECT_EQ(kernels::output_size(1, 1, 1, 0), 1);
  EXPECT_ERROR(kernels::output_size(3, 5, 1, 0), "window: kernel 5 on 3 values with padding 0");
  EXPECT_ERROR(kernels::output_size(8, 3, 0, 0), "window: kernel 3, stride 0, padding 0");
  EXPECT_ERROR(kernels::output_size(8, 3, 1, -1), "padding -1");
}

TEST(DirectConvolution, WorkedByHand) {
  std::vector<float> out(4);
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const ConvSizes sizes{.in_height = 3,
                        .in_width = 3,
                        .kernel_height = 2,
                        .kernel_width = 2,
                        .out_height = 2,
                        .out_width = 2};
  kernels::conv2d(x, std::vector<float>{1, 0, 0, -1}, {}, sizes, out);
  EXPECT_EQ(out, (std::vector<float>{-4, -4, -4, -4}));
}

TEST(Conv2d, EqualsTheDirectLoops) {
  for (const Case& c : cases()) {
    const Tensor x = random(c.x, 1);
    const Tensor weight = random(c.weight, 2);
    const Tensor bias = random({c.weight[0]}, 3);
    const Tensor fast = ops::conv2d(x, weight, bias, c.options);
    const ConvSizes sizes = sizes_of(c);
    ASSERT_EQ(fast.shape(),
              (Shape{sizes.batch, sizes.out_channels, sizes.out_height, sizes.out_width}));
    std::vector<float> slow(fast.data().size());
    kernels::conv2d(x.data(), weight.data(), bias.data(), sizes, slow);
    for (std::size_t i = 0; i < slow.size(); ++i) {
      ASSERT_NEAR(fast.data()[i], slow[i], 1e-5f) << to_string(c.x) << " at " << i;
    }
  }
}

TEST(Conv2d, GradientsMatch) {
  for (const Case& c : cases()) {
    const auto f = [&](Inputs in) { return ops::conv2d(in[0], in[1], in[2], c.options); };
    testing_support::expect_gradients(
        f, {random(c.x, 1), random(c.weight, 2), random({c.weight[0]}, 3)});
  }
}

TEST(Conv2d, GradientsMatchWithoutBias) {
  const auto f = [](Inputs in) { return ops::conv2d(in[0], in[1], Tensor()); };
  testing_support::expect_gradients(f, {random({1, 2, 4, 4}, 1), random({2, 2, 3, 3}, 2)});
}

TEST(Im2col, AndCol2imAreTransposesOfEachOther) {
  // ⟨im2col(x), y⟩ = ⟨x, col2im(y)⟩ for all x and y.
  for (const Case& c : cases()) {
    const ConvSizes s = sizes_of(c);
    const Tensor x = random({s.in_channels / s.groups * s.in_height * s.in_width}, 1);
    const Tensor y = random(
        {s.in_channels / s.groups * s.kernel_height * s.kernel_width * s.out_height * s.out_width},
        2);
    Tensor columns(y.shape());
    Tensor pixels(x.shape());
    kernels::im2col(x.data(), s, columns.data());
    kernels::col2im(y.data(), s, pixels.data());
    EXPECT_NEAR(ops::sum(columns * y).item(), ops::sum(x * pixels).item(), 1e-4f) << to_string(c.x);
  }
}

TEST(Im2col, WritesEveryValueThePaddingToo) {
  for (const Case& c : cases()) {
    const ConvSizes s = sizes_of(c);
    const Tensor x = random({s.in_channels / s.groups * s.in_height * s.in_width}, 1);
    const auto count = static_cast<std::size_t>(s.in_channels / s.groups * s.kernel_height *
                                                s.kernel_width * s.out_height * s.out_width);
    std::vector<float> fresh(count, 0.0f);
    std::vector<float> used(count, 99.0f);
    kernels::im2col(x.data(), s, fresh);
    kernels::im2col(x.data(), s, used);
    EXPECT_EQ(used, fresh) << to_string(c.x);
  }
}

TEST(Im2col, WorkedByHand) {
  const ConvSizes sizes{.in_width = 3, .kernel_width = 2, .out_width = 2};
  std::vector<float> columns(4);
  kernels::im2col(std::vector<float>{1, 2, 3}, sizes, columns);
  EXPECT_EQ(columns, (std::vector<float>{1, 2, 2, 3}));
  std::vector<float> pixels(3);
  kernels::col2im(std::vector<float>{1, 2, 3, 4}, sizes, pixels);
  EXPECT_EQ(pixels, (std::vector<float>{1, 5, 4}));
}

TEST(Conv2d, ErrorsNameTheShapes) {
  EXPECT_ERROR(
      ops::conv2d(random({8, 3, 8, 8}, 1), random({4, 2, 3, 3}, 2), Tensor()),
      "conv2d: input [8, 3, 8, 8] has 3 channels, weight [4, 2, 3, 3] with 1 groups wants 2");
  EXPECT_ERROR(ops::conv2d(random({3, 8, 8}, 1), random({4, 2, 3, 3}, 2), Tensor()),
               "expected [N, C, H, W]");
  EXPECT_ERROR(ops::conv2d(random({1, 2, 8, 8}, 1), random({4, 2, 3, 3}, 2), random({3}, 3)),
               "bias [3]");
  EXPECT_ERROR(ops::conv2d(random({1, 2, 2, 2}, 1), random({4, 2, 3, 3}, 2), Tensor()),
               "kernel 3 on 2 values");
}

TEST(Conv2dLayer, HasPyTorchsParameters) {
  Rng rng(1);
  nn::Conv2d layer(4, 8, 3, {.stride = 2, .padding = 1, .groups = 4}, rng);
  EXPECT_EQ(layer.weight().shape(), (Shape{8, 1, 3, 3}));
  EXPECT_EQ(layer.in_channels(), 4);
  EXPECT_EQ(layer(random({2, 4, 8, 8}, 1)).shape(), (Shape{2, 8, 4, 4}));
  EXPECT_EQ(layer.describe(), "Conv2d(4, 8, kernel_size=3, stride=2, padding=1, groups=4)");
  for (const float w : layer.weight().data()) EXPECT_LE(std::fabs(w), 1.0f / 3.0f);
  EXPECT_ERROR(nn::Conv2d(4, 6, 3, {.groups = 4}, rng),
               "conv2d: 4 to 6 channels cannot be divided into 4 groups");
  EXPECT_ERROR(nn::Conv2d(0, 6, 3, {}, rng), "conv2d: 0 to 6 channels");
}

TEST(PoolWindows, AreCutToTheLine) {
  EXPECT_EQ(kernels::pool_windows(5, 3, 2, 1), (std::vector<Window>{{0, 2}, {1, 4}, {3, 5}}));
  EXPECT_EQ(kernels::pool_windows(5, 2, 2, 0), (std::vector<Window>{{0, 2}, {2, 4}}));
  EXPECT_ERROR(kernels::pool_windows(5, 3, 1, 2), "pool: padding 2 is more than half of kernel 3");
}

TEST(PoolWindows, AdaptiveOnesCoverTheLine) {
  EXPECT_EQ(kernels::adaptive_windows(5, 2), (std::vector<Window>{{0, 3}, {2, 5}}));
  EXPECT_EQ(kernels::adaptive_windows(7, 1), (std::vector<Window>{{0, 7}}));
  EXPECT_EQ(kernels::adaptive_windows(2, 3), (std::vector<Window>{{0, 1}, {0, 2}, {1, 2}}));
  EXPECT_ERROR(kernels::adaptive_windows(5, 0), "pool: 0 windows on 5 values");
}

TEST(MaxPool2d, WorkedByHand) {
  nn::MaxPool2d pool(2);
  const Tensor y =
      pool(Tensor({1, 2, 2, 4}, {1, 5, 2, 0, 3, 4, 8, 1, -1, -5, -2, -9, -3, -4, -8, -7}));
  EXPECT_EQ(y.shape(), (Shape{1, 2, 1, 2}));
  EXPECT_EQ(values(y), (std::vector<float>{5, 8, -1, -2}));
}

TEST(MaxPool2d, PaddingNeverWins) {
  EXPECT_EQ(values(nn::MaxPool2d(3, 1, 1)(Tensor::full({1, 1, 1, 2}, -5.0f))),
            (std::vector<float>{-5, -5}));
}

TEST(MaxPool2d, KeepsNan) {
  Tensor x = Tensor::ones({1, 1, 2, 2});
  x.data()[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(nn::MaxPool2d(2)(x).item()));
}

TEST(AvgPool2d, CountsThePadding) {
  EXPECT_EQ(nn::AvgPool2d(2)(Tensor({1, 1, 2, 2}, {1, 2, 3, 4})).item(), 2.5f);
  EXPECT_EQ(nn::AvgPool2d(2, 2, 1)(Tensor({1, 1, 2, 2}, {4, 8, 12, 16})).at({0, 0, 1, 1}), 4.0f);
}

TEST(AdaptiveAvgPool2d, OneByOneIsTheGlobalMean) {
  const Tensor x = random({2, 3, 5, 4}, 1);
  const Tensor pooled = nn::AdaptiveAvgPool2d()(x);
  EXPECT_EQ(pooled.shape(), (Shape{2, 3, 1, 1}));
  const Tensor mean = ops::mean(ops::flatten(x, 2), 2);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(pooled.data()[i], mean.data()[i], 1e-6f);
}

TEST(Pooling, GradientsMatch) {
  // Distinct values, so that no maximum is near a tie.
  Tensor x(Shape{2, 2, 5, 6});
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.numel()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  Rng(5).shuffle(order);
  for (std::size_t i = 0; i < order.size(); ++i) x.data()[i] = 0.1f * static_cast<float>(order[i]);
  for (const ops::PoolOptions& options :
       {ops::PoolOptions{2, 2, 0}, ops::PoolOptions{3, 2, 1}, ops::PoolOptions{3, 1, 1}}) {
    testing_support::expect_gradients([&](Inputs in) { return ops::max_pool2d(in[0], options); },
                                      {x.clone()}, 5e-3);
    testing_support::expect_gradients([&](Inputs in) { return ops::avg_pool2d(in[0], options); },
                                      {x.clone()}, 5e-3);
  }
  testing_support::expect_gradients([](Inputs in) { return ops::adaptive_avg_pool2d(in[0], 2, 4); },
                                    {x.clone()}, 5e-3);
}

TEST(Pooling, ErrorsNameTheShapes) {
  EXPECT_ERROR(nn::MaxPool2d(2)(random({3, 4, 4}, 1)),
               "max_pool2d: input [3, 4, 4]; expected [N, C, H, W]");
  EXPECT_ERROR(nn::AvgPool2d(5)(random({1, 3, 4, 4}, 1)), "kernel 5 on 4 values");
}

}  // namespace
}  // namespace tinytorch
