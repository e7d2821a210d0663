// Convolutions and pooling whose axes and sides differ against ONNX Runtime: float within 1e-5 of
// the largest value, integers exactly.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/parity/draws.h"
#include "tests/parity/one_node.h"
#include "tests/parity/tally.h"
#include "tests/support/plain_windows.h"
#include "tinytorch/autograd/convolution.h"
#include "tinytorch/autograd/pooling.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::parity {
namespace {

using kernels::ConvGeometry;
using peers::Optimization;
using plain::Groups;
using quantization::Dialect;
using quantization::PoolKind;
using quantization::QuantizedConv2d;
using quantization::QuantizedNetwork;
using quantization::QuantizedPool;

std::vector<onnx::Attribute> window_attributes(const ConvGeometry& g) {
  return {{"kernel_shape", Shape{g.kernel.height, g.kernel.width}},
          {"strides", Shape{g.stride.height, g.stride.width}},
          {"pads", Shape{g.padding.top, g.padding.left, g.padding.bottom, g.padding.right}}};
}
std::vector<onnx::Attribute> conv_attributes(const ConvGeometry& g) {
  auto attributes = window_attributes(g);
  attributes.push_back({"dilations", Shape{g.dilation.height, g.dilation.width}});
  attributes.push_back({"group", g.groups});
  return attributes;
}

Shape x_shape(const ConvGeometry& g) { return {g.batch, g.in_channels, g.in_height, g.in_width}; }
Shape y_shape(const ConvGeometry& g) {
  return {g.batch, g.out_channels, g.out_height, g.out_width};
}
Shape weight_shape(const ConvGeometry& g) {
  return {g.out_channels, g.in_channels / g.groups, g.kernel.height, g.kernel.width};
}

Floats draw_floats(std::int64_t count, Rng& rng) {
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = rng.uniform(-1.0f, 1.0f);
  return values;
}
Tensor tensor_of(const Shape& shape, const Floats& values) {
  return {tinytorch::Shape(shape), values};
}

std::vector<ConvGeometry> geometries(std::uint64_t seed, int count) {
  std::vector<ConvGeometry> all = plain::named_geometries();
  Rng rng(seed);
  for (int i = 0; i < count; ++i) {
    all.push_back(plain::draw_geometry(static_cast<Groups>(i % 3), 3, rng));
  }
  return all;
}

void expect_close(const Tensor& ours, const Floats& theirs, const std::string& where) {
  const std::span<const float> values = ours.data();
  ASSERT_EQ(values.size(), theirs.size()) << where;
  float largest = 0.0f;
  for (const float value : theirs) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    ASSERT_NEAR(values[i], theirs[i], 1e-5f * std::max(largest, 1e-3f)) << where << " at " << i;
  }
}

TEST(RectangularConv, FloatsAreOnnxRuntimes) {
  Rng rng(801);
  for (const ConvGeometry& g : geometries(802, 90)) {
    const Floats x = draw_floats(quantization::input_count(g), rng);
    const Floats weight = draw_floats(g.out_channels * quantization::window_count(g), rng);
    const Floats bias = draw_floats(g.out_channels, rng);
    Floats theirs;
    OneNode node("Conv", conv_attributes(g));
    node.input("x", x, x_shape(g)).constant("w", weight, weight_shape(g));
    node.constant("bias", bias, {g.out_channels}).output("y", theirs, y_shape(g));
    node.run(rng.below(2) == 0 ? Optimization::kNone : Optimization::kAll);
    expect_close(
        ops::conv2d(tensor_of(x_shape(g), x), tensor_of(weight_shape(g), weight),
                    tensor_of({g.out_channels}, bias), {g.stride, g.padding, g.groups, g.dilation}),
        theirs, plain::text(g));
  }
}

// Padding below the kernel, and equal padding at most half of it, as axis_windows() allows.
ConvGeometry draw_pooling(Rng& rng) {
  ConvGeometry g = plain::draw_geometry(Groups::kDepthwise, 4, rng);
  g.dilation = 1;
  const auto fit = [](std::int64_t& before, std::int64_t& after, std::int64_t kernel) {
    before %= kernel;
    after %= kernel;
    if (before == after) before = after = std::min(before, kernel / 2);
  };
  fit(g.padding.top, g.padding.bottom, g.kernel.height);
  fit(g.padding.left, g.padding.right, g.kernel.width);
  kernels::set_output_size(g);
  return g;
}

TEST(RectangularPool, FloatsAreOnnxRuntimes) {
  Rng rng(803);
  for (int trial = 0; trial < 90; ++trial) {
    const ConvGeometry g = draw_pooling(rng);
    const Floats x = draw_floats(quantization::input_count(g), rng);
    const Tensor ours = tensor_of(x_shape(g), x);
    const auto in_onnx_runtime = [&](const std::string& type, const onnx::Attribute& own) {
      auto attributes = window_attributes(g);
      attributes.push_back(own);
      Floats y;
      OneNode node(type, attributes);
      node.input("x", x, x_shape(g)).output("y", y, y_shape(g)).run();
      return y;
    };
    expect_close(ops::max_pool2d(ours, {g.kernel, g.stride, g.padding}),
                 in_onnx_runtime("MaxPool", {"ceil_mode", std::int64_t{0}}), plain::text(g));
    for (const bool counted : {true, false}) {
      expect_close(ops::avg_pool2d(ours, {g.kernel, g.stride, g.padding, counted}),
                   in_onnx_runtime("AveragePool", {"count_include_pad", std::int64_t{counted}}),
                   plain::text(g));
    }
  }
}

struct Integers {
  Codes x, weight;  // channels first
  std::vector<std::int32_t> bias;
  std::int32_t input_zero_point, output_zero_point;
  LayerScales scales;
};

Integers draw_integers(const ConvGeometry& g, Rng& rng) {
  const std::int64_t taps = quantization::window_count(g);
  const int most = largest_safe_weight();
  const double size = std::sqrt(static_cast<double>(taps)) * 90.0 * most * 0.58;
  Integers d{.x = draw_codes(quantization::input_count(g), -128, 127, rng),
             .weight = draw_codes(g.out_channels * taps, -most, most, rng),
             .bias = {},
             .input_zero_point = draw_zero_point(rng),
             .output_zero_point = draw_zero_point(rng),
             .scales = draw_layer_scales(g.out_channels, size, rng)};
  const auto reach = static_cast<std::int64_t>(size);
  for (std::int64_t o = 0; o < g.out_channels; ++o) {
    d.bias.push_back(static_cast<std::int32_t>(draw_between(-reach, reach, rng)));
  }
  return d;
}

std::vector<std::uint8_t> in_onnx_runtime(const ConvGeometry& g, const Integers& d,
                                          Optimization level) {
  const auto x = as_codes<std::uint8_t>(d.x);
  std::vector<std::uint8_t> y;
  OneNode node("QLinearConv", conv_attributes(g));
  node.input("x", x, x_shape(g)).scalar("x_scale", d.scales.input);
  node.scalar("x_zero_point", as_code<std::uint8_t>(d.input_zero_point));
  node.constant("w", d.weight, weight_shape(g));
  node.constant("w_scale", d.scales.weight, {g.out_channels});
  node.constant("w_zero_point", Codes(d.scales.weight.size()), {g.out_channels});
  node.scalar("y_scale", d.scales.output);
  node.scalar("y_zero_point", as_code<std::uint8_t>(d.output_zero_point));
  node.constant("bias", d.bias, {g.out_channels}).output("y", y, y_shape(g)).run(level);
  return y;
}

std::vector<std::uint8_t> deployed(const ConvGeometry& g, const Integers& d) {
  const std::int64_t pixels = g.in_height * g.in_width;
  QuantizedConv2d layer(
      {g.in_channels, g.out_channels, g.kernel, g.stride, g.padding, g.groups, g.dilation},
      quantization::to_channels_last<std::int8_t>(d.weight, g.in_channels / g.groups,
                                                  g.kernel.area()),
      d.scales.weight, d.bias, {d.scales.input, d.input_zero_point}, 8,
      quantization::Activation::kNone);
  layer.set_output({d.scales.output, d.output_zero_point}, quantization::full_range(8),
                   Dialect::kOrt);
  Codes y(static_cast<std::size_t>(quantization::place_count(g) * g.out_channels));
  layer.forward(quantization::to_channels_last<std::int8_t>(d.x, g.in_channels, pixels),
                {g.batch, g.in_height, g.in_width}, y);
  return as_codes<std::uint8_t>(
      quantization::to_channels_first<std::int8_t>(y, g.out_channels, g.out_height * g.out_width));
}

TEST(RectangularConv, IntegersAreQLinearConvs) {
  Rng rng(804);
  Tally plain_kernels;
  Tally optimised;
  for (const ConvGeometry& g : geometries(805, 1500)) {
    const Integers d = draw_integers(g, rng);
    const auto ours = deployed(g, d);
    plain_kernels.compare(ours, in_onnx_runtime(g, d, Optimization::kNone), plain::text(g));
    optimised.compare(ours, in_onnx_runtime(g, d, Optimization::kAll), plain::text(g));
  }
  EXPECT_TRUE(plain_kernels.all_equal_without_ties());
  EXPECT_TRUE(optimised.all_equal_without_ties()) << "their optimised kernels";
}

constexpr Optimization kLevels[] = {Optimization::kNone, Optimization::kExtended,
                                    Optimization::kAll};

// Pools of all kinds, exported, and in the runtime. Odd zero-points are what this is about: where
// the runtime fuses the average with what stands around it, it rounds after adding them, and a tie
// goes the other way.
TEST(RectangularPool, ExportedAveragesGiveTheSameCodes) {
  Rng rng(806);
  Tally tally;
  for (int trial = 0; trial < 300; ++trial) {
    ConvGeometry g = draw_pooling(rng);
    g.batch = 40;
    const bool counted = trial % 2 == 0;
    const PoolKind kind = trial % 5 == 0 ? PoolKind::kMax : PoolKind::kAverage;
    const bool whole = trial % 7 == 0;
    if (whole) {
      g.kernel = {g.in_height, g.in_width};
      g.stride = 1;
      g.padding = 0;
      kernels::set_output_size(g);
    }
    const QuantizedNetwork network(
        tinytorch::Shape{g.in_channels, g.in_height, g.in_width}, {0.1f, draw_zero_point(rng)}, 8,
        Dialect::kOrt,
        {{"0", {0}, QuantizedPool{kind, whole ? 0 : g.kernel, g.stride, g.padding, counted}}});
    const Codes x = draw_codes(quantization::input_count(g), -128, 127, rng);
    const auto theirs = as_codes<std::uint8_t>(
        quantization::to_channels_first<std::int8_t>(x, g.in_channels, g.in_height * g.in_width));
    std::vector<std::uint8_t> y(
        static_cast<std::size_t>(quantization::place_count(g) * g.out_channels));
    peers::OnnxRuntimeSession session(onnx::qdq_model(network, onnx::Ends::kCodes).to_bytes(),
                                      kLevels[trial % 3]);
    session.bind_input("x", std::span<const std::uint8_t>(theirs), x_shape(g));
    session.bind_output("y", std::span(y), y_shape(g));
    session.run();
    tally.compare(as_codes<std::uint8_t>(quantization::to_channels_first<std::int8_t>(
                      network.forward_codes(x), g.out_channels, g.out_height * g.out_width)),
                  y, plain::text(g) + (counted ? ", counted" : ", not counted"));
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

}  // namespace
}  // namespace tinytorch::parity
