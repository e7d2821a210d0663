// Windows that are not square in float: kernels, strides and dilation for each axis, padding for
// each side.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"
#include "tests/support/plain_windows.h"
#include "tinytorch/kernels/axis_windows.h"
#include "tinytorch/kernels/convolve.h"
#include "tinytorch/kernels/window_columns.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/profiling/counting.h"

namespace tinytorch {
namespace {

using kernels::Axis;
using kernels::ConvGeometry;
using kernels::Window;
using plain::Groups;
using plain::Tap;
using Floats = std::vector<float>;
using Inputs = const std::vector<Tensor>&;

Tensor random(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), -1.0f, 1.0f, rng);
}

std::vector<ConvGeometry> geometries() {
  std::vector<ConvGeometry> all = plain::named_geometries();
  Rng rng(71);
  for (int i = 0; i < 60; ++i) all.push_back(draw_geometry(static_cast<Groups>(i % 3), 3, rng));
  return all;
}

struct Layer {
  Tensor x, weight, bias;
};
Layer draw_layer(const ConvGeometry& g, std::uint64_t seed) {
  return {
      random({g.batch, g.in_channels, g.in_height, g.in_width}, seed),
      random({g.out_channels, g.in_channels / g.groups, g.kernel.height, g.kernel.width}, seed + 1),
      random({g.out_channels}, seed + 2)};
}

ops::ConvOptions options_of(const ConvGeometry& g) {
  return {g.stride, g.padding, g.groups, g.dilation};
}

// In double, rounded once.
Floats plain_convolution(const ConvGeometry& g, const Layer& layer) {
  std::vector<double> sums(
      static_cast<std::size_t>(g.batch * g.out_channels * g.out_height * g.out_width));
  const std::int64_t places = g.out_height * g.out_width;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::int64_t co = static_cast<std::int64_t>(i) / places % g.out_channels;
    sums[i] = double{layer.bias.at({co})};
  }
  plain::for_each_tap(g, [&](const Tap& t) {
    if (!t.inside) return;
    const auto x = static_cast<std::size_t>(plain::x_first(g, t));
    const auto w = static_cast<std::size_t>(plain::weight_first(g, t));
    sums[static_cast<std::size_t>(plain::y_first(g, t))] +=
        double{layer.x.data()[x]} * double{layer.weight.data()[w]};
  });
  return {sums.begin(), sums.end()};
}

TEST(RectangularConv2d, EqualsThePlainLoops) {
  std::uint64_t seed = 100;
  for (const ConvGeometry& g : geometries()) {
    const Layer layer = draw_layer(g, seed += 3);
    const Tensor y = ops::conv2d(layer.x, layer.weight, layer.bias, options_of(g));
    ASSERT_EQ(y.shape(), (Shape{g.batch, g.out_channels, g.out_height, g.out_width}))
        << plain::text(g);
    const Floats expected = plain_convolution(g, layer);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(std::as_const(y).data()[i], expected[i], 1e-5f) << plain::text(g) << " at " << i;
    }
  }
}

TEST(RectangularConv2d, GradientsMatch) {
  for (ConvGeometry g : plain::named_geometries()) {
    g.batch = 1;
    g.in_height = std::min<std::int64_t>(g.in_height, 7);
    g.in_width = std::min<std::int64_t>(g.in_width, 7);
    kernels::set_output_size(g);
    const Layer layer = draw_layer(g, 7);
    const auto f = [&](Inputs in) { return ops::conv2d(in[0], in[1], in[2], options_of(g)); };
    testing_support::expect_gradients(f, {layer.x, layer.weight, layer.bias});
  }
}

TEST(RectangularConv2d, NotANumberOutsideTheWindowsIsNotRead) {
  Tensor x = Tensor::ones({1, 1, 4, 4});
  x.data()[5] = std::numeric_limits<float>::quiet_NaN();  // row 1, which a stride of 2 leaves out
  const Tensor y = ops::conv2d(x, Tensor::ones({1, 1, 1, 3}), {}, {.stride = {2, 1}});
  for (const float value : std::as_const(y).data()) EXPECT_EQ(value, 3.0f);
}

// The copy with its padding around it takes the fast ways, and gives what the columns give.
TEST(RectangularConv2d, ThePaddedCopyEqualsTheColumnsOfASquareOne) {
  for (const std::int64_t channels : {1, 8}) {
    ConvGeometry g;
    g.in_channels = g.out_channels = 8;
    g.groups = channels == 1 ? 8 : 1;
    g.in_height = g.in_width = 16;
    g.kernel = 3;
    g.padding = {1, 1, 1, 2};  // the last column of windows is cut off again below
    kernels::set_output_size(g);
    const Layer layer = draw_layer(g, 40);
    const Tensor uneven = ops::conv2d(layer.x, layer.weight, layer.bias, options_of(g));
    const Tensor even =
        ops::conv2d(layer.x, layer.weight, layer.bias, {.padding = 1, .groups = g.groups});
    for (std::int64_t c = 0; c < 8; ++c) {
      for (std::int64_t i = 0; i < 16; ++i) {
        for (std::int64_t j = 0; j < 16; ++j) {
          ASSERT_EQ(uneven.at({0, c, i, j}), even.at({0, c, i, j})) << c << " " << i << " " << j;
        }
      }
    }
  }
}

TEST(WindowColumns, AndBackAreTransposesOfEachOther) {
  for (const ConvGeometry& g : geometries()) {
    const std::int64_t channels = g.in_channels / g.groups;
    const Tensor x = random({channels * g.in_height * g.in_width}, 1);
    const Tensor y = random({channels * g.kernel.area() * g.out_height * g.out_width}, 2);
    Tensor columns = Tensor::full(y.shape(), 99.0f);  // every value is written
    Tensor pixels(x.shape());
    kernels::windows_to_columns(x.data(), g, columns.data());
    kernels::columns_to_windows(y.data(), g, pixels.data());
    EXPECT_NEAR(ops::sum(columns * y).item(), ops::sum(x * pixels).item(), 1e-3f) << plain::text(g);
  }
}

TEST(WindowPlaces, CountsWhatFits) {
  EXPECT_EQ(kernels::window_places({10, 3, 2, 1, 0, 1}), 5);
  EXPECT_EQ(kernels::window_places({10, 3, 1, 2, 2, 2}), 10);
  EXPECT_EQ(kernels::window_places({5, 3, 1, 2, 0, 0}), 1);
  EXPECT_ERROR(
      kernels::window_places({4, 3, 1, 2, 0, 0}),
      "window: kernel 3 with dilation 2 reaches over 5 values, 4 with padding 0 and 0 are 4");
  EXPECT_ERROR(kernels::window_places({4, 3, 1, 0, 0, 0}), "dilation 0");
  EXPECT_ERROR(kernels::window_places({4, 3, 1, 1, 0, -1}), "padding 0 and -1");
  EXPECT_ERROR(kernels::window_places({4, 3, 1, std::int64_t{1} << 62, 0, 0}), "at most");
  EXPECT_ERROR(kernels::window_places({4, 3, 1, 1, 0, std::int64_t{1} << 62}), "at most");
  EXPECT_ERROR(kernels::window_places({3, 5, 1, 1, 0, 0}), "window: kernel 5 on 3 values");
}

TEST(AxisWindows, AreCutToTheLine) {
  EXPECT_EQ(kernels::axis_windows({6, 3, 2, 1, 0, 1}),
            (std::vector<Window>{{0, 3}, {2, 5}, {4, 6}}));
  EXPECT_EQ(kernels::axis_windows({4, 3, 3, 1, 0, 2}), (std::vector<Window>{{0, 3}, {3, 4}}));
  EXPECT_EQ(kernels::axis_windows({5, 3, 2, 1, 1, 1}),
            (std::vector<Window>{{0, 2}, {1, 4}, {3, 5}}));
  EXPECT_ERROR(kernels::axis_windows({6, 3, 1, 1, 0, 3}),
               "pool: padding 0 and 3; each must be less than the kernel, 3");
  EXPECT_ERROR(kernels::axis_windows({6, 3, 1, 1, 2, 2}), "pool: padding 2 is more than half");
}

// Values of one window, in double.
template <typename Visit>
void for_each_pooled(const Tensor& x, const ops::PoolOptions& o, const Tensor& y, Visit visit) {
  for (std::int64_t c = 0; c < y.size(1); ++c) {
    for (std::int64_t i = 0; i < y.size(2); ++i) {
      for (std::int64_t j = 0; j < y.size(3); ++j) {
        std::vector<float> window;
        for (std::int64_t u = 0; u < o.kernel.height; ++u) {
          for (std::int64_t v = 0; v < o.kernel.width; ++v) {
            const std::int64_t row = i * o.stride.height + u - o.padding.top;
            const std::int64_t column = j * o.stride.width + v - o.padding.left;
            if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) continue;
            window.push_back(x.at({0, c, row, column}));
          }
        }
        visit(window, y.at({0, c, i, j}));
      }
    }
  }
}

std::vector<ops::PoolOptions> pools() {
  return {{{1, 3}, {1, 2}, {0, 1, 0, 1}},
          {{3, 2}, {2, 1}, {0, 0, 1, 1}},
          {2, 2, {0, 0, 1, 1}},
          {{2, 4}, 1, Extent2(1, 2)},
          {3, 3, {0, 1, 2, 0}}};
}

TEST(RectangularPooling, EqualsThePlainLoops) {
  const Tensor x = random({1, 3, 7, 9}, 3);
  for (ops::PoolOptions o : pools()) {
    for_each_pooled(x, o, ops::max_pool2d(x, o), [](const Floats& window, float y) {
      EXPECT_EQ(y, *std::max_element(window.begin(), window.end()));
    });
    for (const bool counted : {true, false}) {
      o.count_include_pad = counted;
      for_each_pooled(x, o, ops::avg_pool2d(x, o), [&](const Floats& window, float y) {
        double sum = 0.0;
        for (const float value : window) sum += double{value};
        const double n =
            counted ? static_cast<double>(o.kernel.area()) : static_cast<double>(window.size());
        EXPECT_FLOAT_EQ(y, static_cast<float>(sum / n));
      });
    }
  }
}

TEST(RectangularPooling, GradientsMatch) {
  Tensor x(Shape{1, 2, 5, 6});  // distinct values, so that no maximum is near a tie
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.numel()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  Rng(5).shuffle(order);
  for (std::size_t i = 0; i < order.size(); ++i) x.data()[i] = 0.1f * static_cast<float>(order[i]);
  for (ops::PoolOptions o : pools()) {
    testing_support::expect_gradients([&](Inputs in) { return ops::max_pool2d(in[0], o); },
                                      {x.clone()}, 5e-3);
    for (const bool counted : {true, false}) {
      o.count_include_pad = counted;
      testing_support::expect_gradients([&](Inputs in) { return ops::avg_pool2d(in[0], o); },
                                        {x.clone()}, 5e-3);
    }
  }
}

TEST(AvgPool2d, MayLeaveThePaddingOut) {
  const Tensor x({1, 1, 2, 2}, {4, 8, 12, 16});
  EXPECT_EQ(nn::AvgPool2d(2, 2, 1)(x).at({0, 0, 1, 1}), 4.0f);
  EXPECT_EQ(nn::AvgPool2d(2, 2, 1, false)(x).at({0, 0, 1, 1}), 16.0f);
}

TEST(RectangularLayers, DescribeThemselvesAsPyTorchDoes) {
  Rng rng(1);
  const nn::Conv2d conv(4, 8, {1, 7}, {.stride = {2, 1}, .padding = Extent2(0, 3)}, rng);
  EXPECT_EQ(conv.weight().shape(), (Shape{8, 4, 1, 7}));
  EXPECT_EQ(conv.kernel(), Extent2(1, 7));
  EXPECT_EQ(conv.describe(), "Conv2d(4, 8, kernel_size=(1, 7), stride=(2, 1), padding=(0, 3))");
  EXPECT_EQ(nn::Conv2d(4, 8, 3, {.padding = {0, 0, 1, 1}, .dilation = 2}, rng).describe(),
            "Conv2d(4, 8, kernel_size=3, stride=1, padding=(0, 0, 1, 1), dilation=2)");
  EXPECT_EQ(nn::MaxPool2d(Extent2(3, 2)).describe(),
            "MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0)");
  EXPECT_EQ(nn::AvgPool2d(3, 2, 1, false).describe(),
            "AvgPool2d(kernel_size=3, stride=2, padding=1, count_include_pad=False)");
}

TEST(RectangularLayers, ErrorsNameTheSizes) {
  Rng rng(1);
  EXPECT_ERROR(nn::Conv2d(1, 1, {0, 3}, {}, rng), "kernel (0, 3)");
  EXPECT_ERROR(nn::Conv2d(1, 1, 3, {.stride = {1, 0}}, rng), "stride (1, 0)");
  EXPECT_ERROR(nn::Conv2d(1, 1, 3, {.padding = {0, -1, 0, 0}}, rng), "padding (0, -1, 0, 0)");
  EXPECT_ERROR(nn::Conv2d(1, 1, 3, {.dilation = 0}, rng), "dilation 0");
  EXPECT_ERROR(nn::Conv2d(1, 1, 3, {.dilation = 2}, rng)(random({1, 1, 4, 4}, 1)),
               "reaches over 5 values");
}

TEST(RectangularLayers, AreCounted) {
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::Conv2d>(
      2, 4, Extent2(1, 7), nn::Conv2dOptions{.stride = {2, 1}, .padding = Extent2(0, 3)}, rng));
  model.append(std::make_shared<nn::MaxPool2d>(Extent2(2, 3)));
  const auto layers = profiling::walk_model(model, {1, 2, 8, 9});
  // [1, 4, 4, 9]: 144 outputs of 14 taps and a bias; [1, 4, 2, 3]: 24 outputs of 5 comparisons.
  EXPECT_EQ(profiling::layer_cost(layers[0]).flops, 144 * (2 * 14 + 1));
  EXPECT_EQ(profiling::layer_cost(layers[1]).flops, 24 * 5);
}

}  // namespace
}  // namespace tinytorch
