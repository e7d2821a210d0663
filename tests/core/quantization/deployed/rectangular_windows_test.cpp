// Windows that are not square in integers, on every instruction set: bit for bit what plain loops
// give.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/expect_error.h"
#include "tests/support/plain_windows.h"
#include "tests/support/temporary_file.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/int8/image_ops.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

using kernels::ConvGeometry;
using plain::Groups;
using plain::Tap;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;

Codes draw_codes(std::int64_t count, int least, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) {
    code = static_cast<std::int8_t>(
        least + static_cast<int>(rng.below(static_cast<std::uint64_t>(128 - least))));
  }
  return codes;
}

QuantizedConvShape shape_of(const ConvGeometry& g) {
  return {.in_channels = g.in_channels,
          .out_channels = g.out_channels,
          .kernel = g.kernel,
          .stride = g.stride,
          .padding = g.padding,
          .groups = g.groups,
          .dilation = g.dilation};
}

ImageSize image_of(const ConvGeometry& g) { return {g.batch, g.in_height, g.in_width}; }

struct Drawn {
  Codes x, weight;
  Sums bias;
  Floats scales;
  QParams input;
};

Drawn draw(const ConvGeometry& g, Rng& rng) {
  Drawn d{draw_codes(input_count(g), -128, rng),
          draw_codes(g.out_channels * window_count(g), -127, rng),
          {},
          {},
          {0.0625f, static_cast<std::int32_t>(rng.below(256)) - 128}};
  for (std::int64_t o = 0; o < g.out_channels; ++o) {
    d.bias.push_back(static_cast<std::int32_t>(rng.below(4001)) - 2000);
    d.scales.push_back(0.125f / static_cast<float>(1 << rng.below(4)));
  }
  return d;
}

// Outside the image stands the zero-point, which adds nothing.
Sums plain_sums(const ConvGeometry& g, const Drawn& d) {
  Sums sums(static_cast<std::size_t>(place_count(g) * g.out_channels));
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = d.bias[i % d.bias.size()];
  plain::for_each_tap(g, [&](const Tap& t) {
    if (!t.inside) return;
    sums[static_cast<std::size_t>(plain::y_last(g, t))] +=
        (d.x[static_cast<std::size_t>(plain::x_last(g, t))] - d.input.zero_point) *
        d.weight[static_cast<std::size_t>(plain::weight_last(g, t))];
  });
  return sums;
}

void expect_plain_loops(const ConvGeometry& g, Rng& rng) {
  const Drawn d = draw(g, rng);
  const Sums expected = plain_sums(g, d);
  QuantizedConv2d conv(shape_of(g), d.weight, d.scales, d.bias, d.input, 8, Activation::kNone);
  EXPECT_EQ(conv.output_size(image_of(g)).height, g.out_height);
  EXPECT_EQ(conv.output_size(image_of(g)).width, g.out_width);
  const QParams output{0.5f, -7};
  Codes codes(expected.size());
  requantize(expected, requantize_multipliers(d.input.scale, d.scales, output.scale), -7,
             full_range(8), codes);
  conv.set_output(output, full_range(8), Dialect::kOrt);
  for (const Isa isa : supported_isas()) {
    Sums acc(expected.size());
    conv.accumulate(d.x, image_of(g), acc, isa);
    ASSERT_EQ(acc, expected) << name(isa) << ": " << plain::text(g);
    Codes y(expected.size());
    conv.forward(d.x, image_of(g), y, isa);
    ASSERT_EQ(y, codes) << name(isa) << ": " << plain::text(g);
  }
}

TEST(RectangularQuantizedConv2d, EqualsThePlainLoops) {
  Rng rng(41);
  for (const ConvGeometry& g : plain::named_geometries()) expect_plain_loops(g, rng);
}

TEST(RectangularQuantizedConv2d, RandomShapesEqualThePlainLoops) {
  Rng rng(42);
  for (int i = 0; i < 150; ++i) {
    expect_plain_loops(plain::draw_geometry(static_cast<Groups>(i % 3), 4, rng), rng);
  }
}

TEST(RectangularQuantizedConv2d, RefusesSizesThatMeanNothing) {
  const auto make = [](const QuantizedConvShape& shape) {
    return QuantizedConv2d(shape, Codes(3), {0.1f}, {0}, {0.1f, 0}, 8, Activation::kNone);
  };
  (void)make({1, 1, {1, 3}, 1, 0, 1});
  EXPECT_ERROR(make({1, 1, {1, 4}, 1, 0, 1}), "weight has 3 elements, expected 4");
  EXPECT_ERROR(make({1, 1, {1, 3}, {1, 0}, 0, 1}), "stride 0");
  EXPECT_ERROR(make({1, 1, {1, 3}, 1, {0, 1, 0, -1}, 1}), "padding 1 and -1");
  EXPECT_ERROR(make({1, 1, {1, 3}, 1, 0, 1, {1, 0}}), "dilation 0");
}

// Windows with less padding than the kernel has, on either side.
ConvGeometry draw_pooling(Rng& rng) {
  ConvGeometry g = plain::draw_geometry(Groups::kDepthwise, 4, rng);
  g.dilation = 1;
  const auto less = [](std::int64_t padding, std::int64_t kernel) { return padding % kernel; };
  g.padding = {less(g.padding.top, g.kernel.height), less(g.padding.left, g.kernel.width),
               less(g.padding.bottom, g.kernel.height), less(g.padding.right, g.kernel.width)};
  kernels::set_output_size(g);
  return g;
}

struct Windows {
  Sums largest, sums, inside;
};
Windows plain_windows(const ConvGeometry& g, const Codes& x, std::int32_t zero_point) {
  const auto count = static_cast<std::size_t>(place_count(g) * g.out_channels);
  Windows w{Sums(count, -128), Sums(count), Sums(count)};
  plain::for_each_tap(g, [&](const Tap& t) {
    if (!t.inside) return;
    const auto y = static_cast<std::size_t>(plain::y_last(g, t));
    const std::int32_t code = x[static_cast<std::size_t>(plain::x_last(g, t))];
    w.largest[y] = std::max(w.largest[y], code);
    w.sums[y] += code - zero_point;
    ++w.inside[y];
  });
  return w;
}

TEST(RectangularPooling, EqualsThePlainLoopsOnEveryInstructionSet) {
  Rng rng(43);
  const QRange range{-120, 110};
  for (int trial = 0; trial < 120; ++trial) {
    const ConvGeometry g = draw_pooling(rng);
    const Codes x = draw_codes(input_count(g), -128, rng);
    const auto zero_point = static_cast<std::int32_t>(rng.below(256)) - 128;
    const Windows w = plain_windows(g, x, zero_point);
    for (const Isa isa : supported_isas()) {
      Codes y(w.largest.size(), 99);
      max_pool(x, g, y, isa);
      ASSERT_EQ(y, Codes(w.largest.begin(), w.largest.end())) << name(isa) << plain::text(g);
      for (const bool counted : {true, false}) {
        for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
          Codes expected;
          for (std::size_t i = 0; i < y.size(); ++i) {
            const double n =
                counted ? static_cast<double>(g.kernel.area()) : static_cast<double>(w.inside[i]);
            const double mean = w.sums[i] / n;  // exact enough: a tie is a tie
            const double steps = dialect == Dialect::kOrt ? std::nearbyint(mean) : std::round(mean);
            expected.push_back(static_cast<std::int8_t>(
                std::clamp(static_cast<std::int32_t>(steps) + zero_point, range.qmin, range.qmax)));
          }
          average_pool(x, zero_point, range, g, dialect, y, isa, counted);
          ASSERT_EQ(y, expected) << name(isa) << ", " << name(dialect) << ", counted " << counted
                                 << ", " << plain::text(g);
        }
      }
    }
  }
}

TEST(RectangularPooling, LargeWindowsThatLeaveThePaddingOutDivideExactly) {
  Rng rng(44);
  ConvGeometry g;
  g.in_channels = g.out_channels = g.groups = 3;
  g.in_height = 300;
  g.in_width = 310;
  g.kernel = {300, 310};  // more places than a float's sum holds exactly
  g.padding = {0, 0, 1, 2};
  kernels::set_output_size(g);
  const Codes x = draw_codes(input_count(g), 100, rng);
  const Windows w = plain_windows(g, x, -128);
  for (const Isa isa : supported_isas()) {
    Codes y(w.sums.size());
    average_pool(x, -128, full_range(8), g, Dialect::kTflite, y, isa, false);
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_EQ(y[i], (w.sums[i] + w.inside[i] / 2) / w.inside[i] - 128) << name(isa);
    }
  }
}

TEST(RectangularPooling, RefusesAWindowOfPaddingAlone) {
  ConvGeometry g;
  g.in_height = g.in_width = 4;
  g.kernel = {1, 3};
  g.padding = {0, 0, 1, 0};
  kernels::set_output_size(g);
  const Codes x(16);
  Codes y(static_cast<std::size_t>(place_count(g)));
  EXPECT_ERROR(max_pool(x, g, y), "padding (0, 0, 1, 0) with a kernel of 1 x 3");
  EXPECT_ERROR(average_pool(x, 0, full_range(8), g, Dialect::kOrt, y, best_isa(), false),
               "padding (0, 0, 1, 0)");
  average_pool(x, 0, full_range(8), g, Dialect::kOrt, y);  // counted, padding is zeros
  g.padding = 0;
  g.dilation = {1, 2};
  EXPECT_ERROR(max_pool(x, g, y), "window");
}

// --- the file ---

class RectangularFile : public testing::Test {
 protected:
  static QuantizedNetwork network(const Extent2& kernel, const Extent2& dilation,
                                  const Padding4& padding, bool counted) {
    QuantizedConv2d conv({1, 1, kernel, 1, padding, 1, dilation},
                         Codes(static_cast<std::size_t>(kernel.area()), 3), {0.1f}, {5}, {0.1f, 0},
                         8, Activation::kNone);
    conv.set_output({0.1f, 0}, full_range(8), Dialect::kOrt);
    const QuantizedPool pool{PoolKind::kAverage, 2, 1, padding == 0 ? 0 : 1, counted};
    return {{1, 8, 8}, {0.1f, 0}, 8, Dialect::kOrt, {{"0", {0}, conv}, {"1", {1}, pool}}};
  }
  std::string value(const std::string& key) const {
    for (const auto& [k, v] : train::read_safetensors(file_.path()).metadata) {
      if (k == key) return v;
    }
    return "absent";
  }
  void rewrite(const std::string& key, const std::string& to) const {
    train::SafeTensors file = train::read_safetensors(file_.path());
    for (auto& [k, v] : file.metadata) {
      if (k == key) v = to;
    }
    train::write_safetensors(file_.path(), file);
  }
  testing_support::TemporaryFile file_{"network.safetensors"};
};

TEST_F(RectangularFile, WritesSquareWindowsAsItAlwaysDid) {
  save_network(file_.path(), network(3, 1, 1, true), {});
  EXPECT_EQ(value("0.kernel"), "3");
  EXPECT_EQ(value("0.padding"), "1");
  EXPECT_EQ(value("0.dilation"), "absent");
  EXPECT_EQ(value("1.count_include_pad"), "absent");
}

TEST_F(RectangularFile, BringsEverySizeBack) {
  save_network(file_.path(), network({1, 3}, {1, 2}, {0, 2, 1, 3}, false), {});
  EXPECT_EQ(value("0.kernel"), "1 3");
  EXPECT_EQ(value("0.padding"), "0 2 1 3");
  const QuantizedNetwork read = load_network(file_.path()).network;
  const auto& shape = std::get<QuantizedConv2d>(read.nodes()[0].op).shape();
  EXPECT_EQ(shape.kernel, Extent2(1, 3));
  EXPECT_EQ(shape.dilation, Extent2(1, 2));
  EXPECT_EQ(shape.padding, Padding4(0, 2, 1, 3));
  EXPECT_FALSE(std::get<QuantizedPool>(read.nodes()[1].op).count_include_pad);
}

// What has no key in a reader of square windows changes the form of a key that it does have.
TEST_F(RectangularFile, NeverLooksSquareToAReaderOfSquareWindows) {
  save_network(file_.path(), network(3, 2, 0, true), {});
  EXPECT_EQ(value("0.kernel"), "3 3");
  EXPECT_EQ(value("1.kernel"), "2");
  save_network(file_.path(), network(3, 1, 0, false), {});
  EXPECT_EQ(value("0.kernel"), "3");
  EXPECT_EQ(value("1.kernel"), "2 2");
}

TEST_F(RectangularFile, SaysWhatIsWrong) {
  for (const auto& [key, damage, says] : std::vector<std::array<std::string, 3>>{
           {"0.kernel", "1 2 3", "0.kernel holds 3 numbers, expected 1 or 2"},
           {"0.kernel", "1 0", "0.kernel is 0"},
           {"0.padding", "1 1", "0.padding holds 2 numbers, expected 1 or 4"},
           {"0.padding", "1 1 1 -1", "0.padding is -1"},
           {"0.dilation", "1 0", "0.dilation is 0"},
           {"0.dilation", "1 9", "reaches over"},
           {"0.stride", "", "0.stride holds 0 numbers"},
           {"1.kernel", "0 2", "1.kernel is (0, 2)"}}) {
    save_network(file_.path(), network({1, 3}, {1, 2}, {0, 2, 1, 3}, false), {});
    rewrite(key, damage);
    EXPECT_ERROR(load_network(file_.path()), says);
  }
}

}  // namespace
}  // namespace tinytorch::quantization
