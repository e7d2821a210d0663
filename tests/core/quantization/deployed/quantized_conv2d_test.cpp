// The deployed convolution against the plain loops of module 15, bit for bit: every instruction
// set, both dialects, geometries with every kind of edge.
#include "tinytorch/quantization/deployed/quantized_conv2d.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "tests/support/expect_error.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/integer_conv.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;

// A layer and an image for it.
struct Case {
  QuantizedConvShape shape;
  ImageSize image;
};

std::string describe(const Case& c) {
  return concat(c.shape.in_channels, " to ", c.shape.out_channels, " channels, ", c.shape.groups,
                " groups, kernel ", to_string(c.shape.kernel), ", stride ",
                to_string(c.shape.stride), ", padding ", to_string(c.shape.padding), " on ",
                c.image.batch, " x ", c.image.height, " x ", c.image.width);
}

kernels::ConvSizes sizes_of(const Case& c) {
  kernels::ConvSizes s{.batch = c.image.batch,
                       .in_channels = c.shape.in_channels,
                       .in_height = c.image.height,
                       .in_width = c.image.width,
                       .out_channels = c.shape.out_channels,
                       .kernel_height = c.shape.kernel.height,
                       .kernel_width = c.shape.kernel.width,
                       .stride = c.shape.stride.height,
                       .padding = c.shape.padding.top,
                       .groups = c.shape.groups};
  s.out_height = kernels::output_size(s.in_height, s.kernel_height, s.stride, s.padding);
  s.out_width = kernels::output_size(s.in_width, s.kernel_width, s.stride, s.padding);
  return s;
}

Codes draw_codes(std::int64_t count, Rng& rng, bool only_ends = false) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) {
    const auto value = static_cast<int>(rng.below(256)) - 128;
    code = static_cast<std::int8_t>(!only_ends ? value : value < 0 ? -128 : 127);
  }
  return codes;
}

// The same without -128, which no weight has, or of `bits` bits.
Codes draw_weight(std::int64_t count, Rng& rng, bool only_ends = false, int bits = 8) {
  const QRange range = symmetric_range(bits);
  Codes codes = draw_codes(count, rng, only_ends);
  for (std::int8_t& code : codes) {
    code = static_cast<std::int8_t>(std::clamp<std::int32_t>(code, range.qmin, range.qmax));
  }
  return codes;
}

struct Layer {
  Codes weight;
  Floats scales;
  Sums bias;
  QParams input;
};

// Scales that are powers of two put many sums on ties; the bias spreads them over the codes.
Layer draw_layer(const Case& c, Rng& rng, bool ties) {
  const auto out = static_cast<std::size_t>(c.shape.out_channels);
  Layer layer;
  layer.weight = draw_weight(c.shape.out_channels * window_count(sizes_of(c)), rng);
  layer.input = {ties ? 0.0625f : rng.uniform(0.01f, 0.1f),
                 static_cast<std::int32_t>(rng.below(256)) - 128};
  for (std::size_t o = 0; o < out; ++o) {
    layer.scales.push_back(ties ? 0.125f / static_cast<float>(1 << rng.below(4))
                                : rng.uniform(0.001f, 0.02f));
    layer.bias.push_back(static_cast<std::int32_t>(rng.below(4001)) - 2000);
  }
  return layer;
}

QuantizedConv2d build(const Case& c, const Layer& layer, Activation activation) {
  return {c.shape, layer.weight, layer.scales, layer.bias, layer.input, 8, activation};
}

Sums plain_sums(const Case& c, const Layer& layer, const Codes& x) {
  const kernels::ConvSizes sizes = sizes_of(c);
  Sums acc(static_cast<std::size_t>(place_count(sizes) * sizes.out_channels));
  conv2d_int32(x, layer.input.zero_point, layer.weight,
               fold_input_zero_point(layer.weight, layer.bias, layer.input.zero_point), sizes, acc);
  return acc;
}

Codes plain_codes(const Layer& layer, const Sums& acc, QParams output, QRange range,
                  Dialect dialect) {
  Codes codes(acc.size());
  if (dialect == Dialect::kOrt) {
    requantize(acc, requantize_multipliers(layer.input.scale, layer.scales, output.scale),
               output.zero_point, range, codes);
  } else {
    requantize_tflite(acc, tflite_multipliers(layer.input.scale, layer.scales, output.scale),
                      output.zero_point, range, codes);
  }
  return codes;
}

void expect_plain_loops(const Case& c, Rng& rng) {
  const Layer layer = draw_layer(c, rng, rng.below(2) == 0);
  const Codes x = draw_codes(input_count(sizes_of(c)), rng);
  const Sums expected = plain_sums(c, layer, x);
  const Activation activations[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6};
  const Activation activation = activations[rng.below(3)];
  QuantizedConv2d conv = build(c, layer, activation);
  const QParams output{layer.input.scale * (rng.below(2) == 0 ? 8.0f : 0.004f),
                       static_cast<std::int32_t>(rng.below(256)) - 128};
  const QRange range = activation_range(activation, output, full_range(8));
  for (const Isa isa : supported_isas()) {
    Sums acc(expected.size(), -999);
    conv.accumulate(x, c.image, acc, isa);
    ASSERT_EQ(acc, expected) << name(isa) << ": " << describe(c);
  }
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    conv.set_output(output, full_range(8), dialect);
    EXPECT_EQ(conv.output_range(), range);
    const Codes codes = plain_codes(layer, expected, output, range, dialect);
    for (const Isa isa : supported_isas()) {
      Codes y(expected.size(), 99);
      conv.forward(x, c.image, y, isa);
      ASSERT_EQ(y, codes) << name(isa) << ", " << name(dialect) << ": " << describe(c);
    }
    Codes y(expected.size(), 99);
    conv.requantize_outputs(expected, y);
    ASSERT_EQ(y, codes) << name(dialect) << ": " << describe(c);
  }
}

TEST(QuantizedConv2d, OneGroupEqualsThePlainLoops) {
  Rng rng(21);
  for (const auto& c : std::vector<Case>{
           {{1, 16, 3, 1, 1, 1}, {2, 8, 8}},     // the digits' first layer
           {{16, 32, 3, 1, 1, 1}, {3, 4, 4}},    // and their second
           {{3, 17, 3, 2, 1, 1}, {1, 9, 7}},     // odd sizes, a stride, a panel and one more
           {{5, 3, 5, 3, 2, 1}, {2, 11, 6}},     // windows that leave places over
           {{2, 4, 5, 1, 2, 1}, {1, 1, 2}},      // a kernel larger than the image
           {{4, 8, 3, 1, 4, 1}, {1, 2, 3}},      // windows that lie outside altogether
           {{64, 20, 3, 1, 0, 1}, {1, 17, 19}},  // more rows than a block
           {{7, 9, 2, 2, 0, 1}, {1, 6, 6}}}) {
    expect_plain_loops(c, rng);
  }
}

TEST(QuantizedConv2d, PointwiseEqualsThePlainLoops) {
  Rng rng(22);
  for (const auto& c : std::vector<Case>{{{32, 64, 1, 1, 0, 1}, {2, 13, 11}},
                                         {{3, 5, 1, 1, 0, 1}, {1, 70, 80}},
                                         {{6, 10, 1, 2, 0, 1}, {2, 5, 8}},
                                         {{1, 1, 1, 1, 0, 1}, {1, 1, 1}},
                                         {{4, 4, 1, 1, 1, 1}, {1, 3, 3}}}) {
    expect_plain_loops(c, rng);
  }
}

TEST(QuantizedConv2d, DepthwiseEqualsThePlainLoops) {
  Rng rng(23);
  for (const auto& c : std::vector<Case>{{{32, 32, 3, 1, 1, 32}, {2, 9, 13}},
                                         {{16, 16, 3, 2, 1, 16}, {1, 12, 11}},
                                         {{5, 5, 3, 1, 1, 5}, {2, 4, 6}},
                                         {{33, 33, 5, 1, 2, 33}, {1, 7, 10}},
                                         {{48, 48, 4, 3, 2, 48}, {1, 8, 9}},
                                         {{2, 2, 1, 1, 0, 2}, {1, 3, 3}},
                                         {{20, 20, 7, 2, 3, 20}, {1, 3, 5}}}) {
    expect_plain_loops(c, rng);
  }
}

TEST(QuantizedConv2d, OtherGroupsEqualThePlainLoops) {
  Rng rng(24);
  for (const auto& c : std::vector<Case>{{{8, 12, 3, 1, 1, 4}, {2, 5, 7}},
                                         {{6, 4, 3, 2, 1, 2}, {1, 8, 8}},
                                         {{3, 9, 3, 1, 1, 3}, {1, 6, 5}},
                                         {{40, 40, 1, 1, 0, 2}, {1, 4, 9}},
                                         {{9, 3, 2, 1, 0, 3}, {2, 3, 3}}}) {
    expect_plain_loops(c, rng);
  }
}

TEST(QuantizedConv2d, RandomShapesEqualThePlainLoops) {
  Rng rng(25);
  const auto draw = [&](std::int64_t most) {
    return 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most)));
  };
  for (int i = 0; i < 120; ++i) {
    Case c;
    c.shape.kernel = draw(5);
    c.shape.stride = draw(3);
    c.shape.padding = draw(4) - 1;
    const std::int64_t kind = draw(3);
    c.shape.groups = kind == 1 ? 1 : draw(kind == 2 ? 4 : 24);
    c.shape.in_channels = c.shape.groups * (kind == 3 ? 1 : draw(9));
    c.shape.out_channels = c.shape.groups * (kind == 3 ? 1 : draw(12));
    const std::int64_t least =
        std::max<std::int64_t>(c.shape.kernel.height - 2 * c.shape.padding.top, 1);
    c.image = {draw(2), least + draw(7) - 1, least + draw(7) - 1};
    expect_plain_loops(c, rng);
  }
}

// 2 · 127 · 128 fits in int16 and 2 · 127 · 255, what a kernel on uint8 multiplies, does not: a
// product that is added up in 16 bits would show.
TEST(QuantizedConv2d, ExtremeCodesNeverSaturateOnTheWay) {
  Rng rng(26);
  for (const auto& c : std::vector<Case>{{{64, 8, 3, 1, 1, 1}, {1, 5, 5}},
                                         {{16, 16, 3, 1, 1, 16}, {1, 5, 5}},
                                         {{32, 32, 3, 1, 1, 4}, {1, 5, 5}}}) {
    Layer layer = draw_layer(c, rng, false);
    layer.weight = draw_weight(static_cast<std::int64_t>(layer.weight.size()), rng, true);
    const Codes x = draw_codes(input_count(sizes_of(c)), rng, true);
    const Sums expected = plain_sums(c, layer, x);
    const QuantizedConv2d conv = build(c, layer, Activation::kNone);
    for (const Isa isa : supported_isas()) {
      Sums acc(expected.size());
      conv.accumulate(x, c.image, acc, isa);
      EXPECT_EQ(acc, expected) << name(isa) << ": " << describe(c);
    }
  }
}

TEST(QuantizedConv2d, MemoryOfAnEarlierCallIsNotSeen) {
  Rng rng(27);
  const Case large{{24, 24, 5, 1, 2, 1}, {1, 20, 20}};
  const Case small{{3, 5, 3, 1, 1, 1}, {1, 4, 4}};
  const Case depthwise{{5, 5, 3, 1, 1, 5}, {1, 4, 4}};
  for (const Case& c : {large, small, depthwise, large, depthwise, small}) {
    expect_plain_loops(c, rng);
  }
}

TEST(QuantizedConv2d, GivesBackWhatItWasGiven) {
  Rng rng(28);
  const Case c{{2, 3, 3, 2, 1, 1}, {1, 5, 5}};
  Layer layer = draw_layer(c, rng, false);
  layer.weight = draw_weight(static_cast<std::int64_t>(layer.weight.size()), rng, false, 4);
  QuantizedConv2d conv(c.shape, layer.weight, layer.scales, layer.bias, layer.input, 4,
                       Activation::kRelu6);
  conv.set_output({0.1f, -100}, full_range(8), Dialect::kTflite);
  EXPECT_EQ(Codes(conv.weight_codes().begin(), conv.weight_codes().end()), layer.weight);
  EXPECT_EQ(Sums(conv.bias().begin(), conv.bias().end()), layer.bias);
  EXPECT_EQ(Floats(conv.weight_scales().begin(), conv.weight_scales().end()), layer.scales);
  EXPECT_EQ(conv.weight_bits(), 4);
  EXPECT_EQ(conv.input(), layer.input);
  EXPECT_EQ(conv.output(), (QParams{0.1f, -100}));
  EXPECT_EQ(conv.output_range(), (QRange{-100, -40}));
  EXPECT_EQ(conv.activation(), Activation::kRelu6);
  EXPECT_EQ(conv.dialect(), Dialect::kTflite);
  EXPECT_TRUE(conv.multipliers().empty());
  EXPECT_EQ(conv.fixed_multipliers().size(), 3u);
  EXPECT_EQ(conv.output_size({4, 5, 7}).height, 3);
  EXPECT_EQ(conv.output_size({4, 5, 7}).width, 4);
}

TEST(QuantizedConv2d, RealOutputsFollowTheActivation) {
  const QuantizedConvShape shape{1, 2, 1, 1, 0, 1};
  for (const auto& [activation, expected] :
       {std::pair{Activation::kNone, Floats{-1.0f, 8.0f, 0.5f, -16.0f}},
        {Activation::kRelu, Floats{0.0f, 8.0f, 0.5f, 0.0f}},
        {Activation::kRelu6, Floats{0.0f, 6.0f, 0.5f, 0.0f}}}) {
    const QuantizedConv2d conv(shape, Codes{1, 1}, {0.25f, 1.0f}, {0, 0}, {0.5f, 0}, 8, activation);
    EXPECT_EQ(conv.real_outputs(Sums{-8, 16, 4, -32}), expected);
  }
}

TEST(QuantizedConv2d, RefusesWhatDoesNotFit) {
  const QuantizedConvShape shape{2, 3, 3, 1, 1, 1};
  const auto make = [&](const QuantizedConvShape& s, std::size_t weight, std::size_t scales,
                        std::size_t bias) {
    return QuantizedConv2d(s, Codes(weight), Floats(scales, 1.0f), Sums(bias), {}, 8,
                           Activation::kNone);
  };
  EXPECT_ERROR(make(shape, 53, 3, 3), "weight has 53");
  EXPECT_ERROR(make(shape, 54, 2, 3), "weight_scales has 2");
  EXPECT_ERROR(make(shape, 54, 3, 4), "bias has 4");
  EXPECT_ERROR(make({2, 3, 3, 1, 1, 2}, 54, 3, 3), "2 groups");
  EXPECT_ERROR(make({2, 3, 3, 0, 1, 1}, 54, 3, 3), "stride 0");
  EXPECT_ERROR(make({2, 0, 3, 1, 1, 1}, 0, 0, 0), "0 channels");
  EXPECT_ERROR(make({8000, 1, 3, 1, 1, 1}, 72000, 1, 1), "72000");

  QuantizedConv2d conv = make(shape, 54, 3, 3);
  Codes y(12);
  EXPECT_ERROR(conv.forward(Codes(8), {1, 2, 2}, y), "no scale yet");
  EXPECT_ERROR(conv.requantize_outputs(Sums(12), y), "no scale yet");
  conv.set_output({1.0f, 0}, full_range(8), Dialect::kOrt);
  EXPECT_ERROR(conv.forward(Codes(7), {1, 2, 2}, y), "x has 7");
  EXPECT_ERROR(conv.forward(Codes(16), {2, 2, 2}, y), "12 elements, expected 24");
  EXPECT_ERROR(conv.forward({}, {0, 2, 2}, y), "batch 0");
  EXPECT_ERROR(conv.requantize_outputs(Sums(11), y), "11 sums");
  EXPECT_ERROR(conv.requantize_outputs(Sums(9), y), "room for 12");
  Sums acc(11);
  EXPECT_ERROR(conv.accumulate(Codes(8), {1, 2, 2}, acc), "11 elements");
}

TEST(QuantizedConv2d, AMultiplierWithoutAFixedPointFormLeavesTheOutputAsItWas) {
  QuantizedConv2d conv({1, 1, 1, 1, 0, 1}, Codes{1}, {1.0f}, {0}, {1.0f, 0}, 8, Activation::kNone);
  conv.set_output({0.5f, 3}, full_range(8), Dialect::kOrt);
  EXPECT_ERROR(conv.set_output({1e-30f, 0}, full_range(8), Dialect::kTflite),
               "quantize_multiplier");
  EXPECT_EQ(conv.output(), (QParams{0.5f, 3}));
  EXPECT_EQ(conv.dialect(), Dialect::kOrt);
}

// Multipliers above and below 1, exponents at their ends, sums at the ends of int32 and on ties.
TEST(RequantizeTfliteLanes, EqualsThePlainLoop) {
  Rng rng(29);
  for (const std::size_t out : {1u, 3u, 8u, 16u, 17u, 40u}) {
    for (const int most : {0, 30}) {
      std::vector<FixedPoint> multipliers;
      for (std::size_t o = 0; o < out; ++o) {
        const auto mantissa = rng.below(3) == 0 ? 1u << 30 : (1u << 30) + rng.below(1u << 30);
        multipliers.push_back(
            {static_cast<std::int32_t>(mantissa),
             static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(32 + most))) - 31});
      }
      if (out > 2) multipliers[1] = {0, 0};
      Sums acc(out * 300);
      for (std::int32_t& sum : acc) {
        const std::int32_t draws[] = {static_cast<std::int32_t>(rng.below(1ull << 32)),
                                      static_cast<std::int32_t>(rng.below(2000)) - 1000,
                                      std::numeric_limits<std::int32_t>::min(),
                                      std::numeric_limits<std::int32_t>::max(), 1 << 30};
        sum = draws[rng.below(5)];
      }
      const FixedPointLanes lanes(multipliers);
      for (const auto& [zero_point, range] :
           {std::pair{0, QRange{-128, 127}}, {-128, QRange{-128, -7}}, {127, QRange{-8, 127}}}) {
        Codes expected(acc.size());
        requantize_tflite(acc, multipliers, zero_point, range, expected);
        for (const Isa isa : supported_isas()) {
          Codes codes(acc.size(), 99);
          requantize_tflite_lanes(acc, lanes, zero_point, range, codes, isa);
          EXPECT_EQ(codes, expected) << name(isa) << ", " << out << " channels";
        }
      }
    }
  }
  Codes codes(3);
  EXPECT_ERROR(requantize_tflite_lanes(Sums(3), {}, 0, {}, codes, Isa::kScalar), "0 multipliers");
  EXPECT_ERROR(requantize_tflite_lanes(Sums(2), FixedPointLanes(std::vector<FixedPoint>(2)), 0, {},
                                       codes, Isa::kScalar),
               "2 sums");
}

TEST(RequantizeTfliteLanes, TheLastRowMayBeShort) {
  const std::vector<FixedPoint> two = {{1 << 30, 1}, {1 << 30, 0}};
  const std::vector<FixedPoint> four = {two[0], two[1], two[0], two[1]};
  for (const Isa isa : supported_isas()) {
    Codes codes(6);
    requantize_tflite_lanes(Sums{10, 10, 20, 20, 30, 31}, FixedPointLanes(four), 0, {}, codes, isa);
    EXPECT_EQ(codes, (Codes{10, 5, 20, 10, 30, 16})) << name(isa);
  }
}

}  // namespace
}  // namespace tinytorch::quantization
