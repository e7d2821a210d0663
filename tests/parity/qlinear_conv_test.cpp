// Integer convolution and requantization against ONNX Runtime's QLinearConv: strides, padding,
// groups, depthwise, a scale for each channel, with a bias; in plain loops, and as deployed. At two
// of its optimisation levels: at the higher one it moves channels last and takes other kernels.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/parity/draws.h"
#include "tests/parity/one_node.h"
#include "tests/parity/tally.h"
#include "tinytorch/quantization/deployed/quantized_conv2d.h"
#include "tinytorch/quantization/int8/integer_conv.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::parity {
namespace {

using kernels::ConvSizes;
using quantization::full_range;

// Images and windows hold their channels last here, first in ONNX. Each of `count` matrices
// [rows, columns] becomes [columns, rows].
template <typename T>
std::vector<T> transposed(const std::vector<T>& values, std::int64_t count, std::int64_t rows) {
  const auto many = static_cast<std::size_t>(rows);
  const std::size_t size = values.size() / static_cast<std::size_t>(count);
  const std::size_t columns = size / many;
  std::vector<T> turned(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t within = i % size;
    turned[i - within + within % columns * many + within / columns] = values[i];
  }
  return turned;
}

enum class Kind { kWhole, kGrouped, kDepthwise };

struct Case {
  ConvSizes sizes;
  Codes x, weight;
  std::vector<std::int32_t> bias;
  std::int32_t input_zero_point, output_zero_point;
  LayerScales scales;

  std::string text() const {
    std::ostringstream out;
    out << sizes.batch << "x" << sizes.in_channels << "x" << sizes.in_height << "x"
        << sizes.in_width << " -> " << sizes.out_channels << ", kernel " << sizes.kernel_height
        << "x" << sizes.kernel_width << ", stride " << sizes.stride << ", padding " << sizes.padding
        << ", groups " << sizes.groups;
    return out.str();
  }
};

ConvSizes draw_sizes(Kind kind, Rng& rng) {
  ConvSizes s;
  s.batch = draw_between(1, 2, rng);
  s.groups = kind == Kind::kWhole ? 1 : draw_between(2, kind == Kind::kDepthwise ? 24 : 4, rng);
  s.in_channels = kind == Kind::kDepthwise ? s.groups : s.groups * draw_between(1, 6, rng);
  s.out_channels = s.groups * (kind == Kind::kDepthwise ? 1 : draw_between(1, 12, rng));
  s.in_height = draw_between(5, 20, rng);
  s.in_width = draw_between(5, 20, rng);
  s.kernel_height = draw_between(1, 5, rng);
  s.kernel_width = rng.below(4) == 0 ? draw_between(1, 5, rng) : s.kernel_height;
  s.stride = draw_between(1, 2, rng);
  s.padding = draw_between(0, 2, rng);
  s.out_height = kernels::output_size(s.in_height, s.kernel_height, s.stride, s.padding);
  s.out_width = kernels::output_size(s.in_width, s.kernel_width, s.stride, s.padding);
  return s;
}

Case draw_case(Kind kind, bool per_channel, Rng& rng) {
  const ConvSizes s = draw_sizes(kind, rng);
  const std::int64_t taps = s.in_channels / s.groups * s.kernel_height * s.kernel_width;
  const int most =
      rng.below(2) == 0 ? largest_safe_weight() : static_cast<int>(draw_between(1, 7, rng));
  const double size = std::sqrt(static_cast<double>(taps)) * 90.0 * most * 0.58;
  Case c{.sizes = s,
         .x = draw_codes(s.batch * s.in_channels * s.in_height * s.in_width, -128, 127, rng),
         .weight = draw_codes(s.out_channels * taps, -most, most, rng),
         .bias = {},
         .input_zero_point = draw_zero_point(rng),
         .output_zero_point = draw_zero_point(rng),
         .scales = draw_layer_scales(per_channel ? s.out_channels : 1, size, rng)};
  const auto reach = static_cast<std::int64_t>(size);
  for (std::int64_t co = 0; co < s.out_channels; ++co) {
    c.bias.push_back(static_cast<std::int32_t>(draw_between(-reach, reach, rng)));
  }
  if (rng.below(8) == 0) c.bias[0] = quantization::kMaxBiasCode;  // far beyond every code
  return c;
}

// One scale for each output channel, also where all share one.
Floats weight_scales_of(const Case& c) {
  Floats scales = c.scales.weight;
  scales.resize(static_cast<std::size_t>(c.sizes.out_channels), scales[0]);
  return scales;
}

Codes in_plain_loops(const Case& c, Tally& tally) {
  const ConvSizes& s = c.sizes;
  const auto folded = quantization::fold_input_zero_point(c.weight, c.bias, c.input_zero_point);
  std::vector<std::int32_t> acc(
      static_cast<std::size_t>(s.batch * s.out_height * s.out_width * s.out_channels));
  quantization::conv2d_int32(c.x, c.input_zero_point, c.weight, folded, s, acc);
  const Floats multipliers =
      quantization::requantize_multipliers(c.scales.input, weight_scales_of(c), c.scales.output);
  for (std::size_t i = 0; i < acc.size(); ++i) {
    tally.count_tie(is_tie(static_cast<float>(acc[i]) * multipliers[i % multipliers.size()]));
  }
  Codes codes(acc.size());
  quantization::requantize(acc, multipliers, c.output_zero_point, full_range(8), codes);
  return codes;
}

Codes as_deployed(const Case& c) {
  const ConvSizes& s = c.sizes;
  quantization::QuantizedConv2d layer({s.in_channels,
                                       s.out_channels,
                                       {s.kernel_height, s.kernel_width},
                                       s.stride,
                                       s.padding,
                                       s.groups},
                                      c.weight, weight_scales_of(c), c.bias,
                                      {c.scales.input, c.input_zero_point}, 8,
                                      quantization::Activation::kNone);
  layer.set_output({c.scales.output, c.output_zero_point}, full_range(8),
                   quantization::Dialect::kOrt);
  Codes codes(static_cast<std::size_t>(s.batch * s.out_height * s.out_width * s.out_channels));
  layer.forward(c.x, {s.batch, s.in_height, s.in_width}, codes);
  return codes;
}

template <typename Code>
std::vector<Code> in_onnx_runtime(const Case& c, peers::Optimization level) {
  const ConvSizes& s = c.sizes;
  const auto x = transposed(as_codes<Code>(c.x), s.batch, s.in_height * s.in_width);
  const Codes weight = transposed(c.weight, s.out_channels, s.kernel_height * s.kernel_width);
  std::vector<Code> y;
  OneNode node(
      "QLinearConv",
      {{"strides", Shape{s.stride, s.stride}}, {"pads", Shape(4, s.padding)}, {"group", s.groups}});
  node.input("x", x, {s.batch, s.in_channels, s.in_height, s.in_width});
  node.scalar("x_scale", c.scales.input);
  node.scalar("x_zero_point", as_code<Code>(c.input_zero_point));
  node.constant("w", weight,
                {s.out_channels, s.in_channels / s.groups, s.kernel_height, s.kernel_width});
  if (c.scales.weight.size() == 1) {
    node.scalar("w_scale", c.scales.weight[0]).scalar("w_zero_point", std::int8_t{0});
  } else {
    node.constant("w_scale", c.scales.weight, {s.out_channels});
    node.constant("w_zero_point", Codes(c.scales.weight.size()), {s.out_channels});
  }
  node.scalar("y_scale", c.scales.output);
  node.scalar("y_zero_point", as_code<Code>(c.output_zero_point));
  node.constant("bias", c.bias, {s.out_channels});
  node.output("y", y, {s.batch, s.out_channels, s.out_height, s.out_width}).run(level);
  return transposed(y, s.batch, s.out_channels);
}

template <typename Code>
void expect_agreement(std::uint64_t seed) {
  Rng rng(seed);
  Tally loops;
  Tally deployed;
  Tally optimised;
  for (int trial = 0; trial < 180; ++trial) {
    const auto kind = static_cast<Kind>(trial % 3);
    const Case c = draw_case(kind, trial % 2 == 0, rng);
    const auto ours = as_codes<Code>(in_plain_loops(c, loops));
    const auto theirs = in_onnx_runtime<Code>(c, peers::Optimization::kNone);
    loops.compare(ours, theirs, c.text());
    optimised.compare(ours, in_onnx_runtime<Code>(c, peers::Optimization::kAll), c.text());
    deployed.compare(as_codes<Code>(as_deployed(c)), theirs, c.text());
  }
  EXPECT_TRUE(deployed.all_equal_without_ties()) << "the layer that is deployed";
  EXPECT_TRUE(optimised.all_equal_without_ties()) << "their optimised kernels";
  EXPECT_TRUE(loops.all_equal());
}

TEST(QLinearConv, UnsignedInputs) { expect_agreement<std::uint8_t>(301); }
TEST(QLinearConv, SignedInputs) { expect_agreement<std::int8_t>(302); }

}  // namespace
}  // namespace tinytorch::parity
