// quantize and dequantize against ONNX Runtime's QuantizeLinear and DequantizeLinear.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/parity/draws.h"
#include "tests/parity/one_node.h"
#include "tests/parity/tally.h"
#include "tests/support/expect_error.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::parity {
namespace {

using quantization::full_range;
using quantization::QParams;

template <typename Code>
class QuantizeLinear : public testing::Test {};
template <typename Code>
class DequantizeLinear : public testing::Test {};
using BothKinds = testing::Types<std::uint8_t, std::int8_t>;
TYPED_TEST_SUITE(QuantizeLinear, BothKinds);
TYPED_TEST_SUITE(DequantizeLinear, BothKinds);

// [before, channels, after]: parameters run along dimension 1.
struct Layout {
  std::int64_t before, channels, after;
  Shape shape() const { return {before, channels, after}; }
  std::int64_t count() const { return before * channels * after; }
  std::size_t channel_of(std::size_t i) const {
    return i / static_cast<std::size_t>(after) % static_cast<std::size_t>(channels);
  }
};

Layout draw_layout(Rng& rng) {
  return {draw_between(1, 9, rng), draw_between(1, 40, rng), draw_between(1, 67, rng)};
}

std::string describe(const Layout& layout, float scale, std::int32_t zero_point) {
  std::ostringstream text;
  text << layout.before << "x" << layout.channels << "x" << layout.after << ", scale " << scale
       << ", zero-point " << zero_point;
  return text.str();
}

TYPED_TEST(QuantizeLinear, PerTensorAgreesOnEveryOutput) {
  Rng rng(101);
  Tally tally;
  for (int trial = 0; trial < 80; ++trial) {
    const Layout layout = draw_layout(rng);
    const QParams params{draw_scale(rng), draw_zero_point(rng)};
    Floats x(static_cast<std::size_t>(layout.count()));
    for (float& value : x) {
      value = draw_value(params.scale, rng);
      tally.count_tie(is_tie(value / params.scale));
    }
    Codes ours(x.size());
    quantization::quantize(x, params, full_range(8), ours);
    std::vector<TypeParam> theirs;
    OneNode node("QuantizeLinear");
    node.input("x", x, layout.shape()).scalar("scale", params.scale);
    node.scalar("zero_point", as_code<TypeParam>(params.zero_point));
    node.output("y", theirs, layout.shape()).run();
    tally.compare(as_codes<TypeParam>(ours), theirs,
                  describe(layout, params.scale, params.zero_point));
  }
  EXPECT_TRUE(tally.all_equal());
}

TYPED_TEST(QuantizeLinear, PerChannelAgreesOnEveryOutput) {
  Rng rng(102);
  Tally tally;
  for (int trial = 0; trial < 80; ++trial) {
    const Layout layout = draw_layout(rng);
    const Floats scales = draw_scales(layout.channels, rng);
    const Codes zero_points = draw_codes(layout.channels, -128, 127, rng);
    Floats x(static_cast<std::size_t>(layout.count()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = draw_value(scales[layout.channel_of(i)], rng);
      tally.count_tie(is_tie(x[i] / scales[layout.channel_of(i)]));
    }
    Codes ours(x.size());
    const auto run = static_cast<std::size_t>(layout.after);
    for (std::size_t i = 0; i < x.size(); i += run) {
      const std::size_t c = layout.channel_of(i);
      quantization::quantize(std::span(x).subspan(i, run), {scales[c], zero_points[c]},
                             full_range(8), std::span(ours).subspan(i, run));
    }
    std::vector<TypeParam> theirs;
    const auto zero_points_of_theirs = as_codes<TypeParam>(zero_points);
    OneNode node("QuantizeLinear", {{"axis", std::int64_t{1}}});
    node.input("x", x, layout.shape()).constant("scale", scales, {layout.channels});
    node.constant("zero_point", zero_points_of_theirs, {layout.channels});
    node.output("y", theirs, layout.shape()).run();
    tally.compare(as_codes<TypeParam>(ours), theirs, describe(layout, scales[0], zero_points[0]));
  }
  EXPECT_TRUE(tally.all_equal());
}

TEST(QuantizeLinearOfWeights, PerChannelSymmetricAgreesOnEveryOutput) {
  Rng rng(103);
  Tally tally;
  for (int trial = 0; trial < 40; ++trial) {
    const std::int64_t out = draw_between(1, 90, rng);
    const std::int64_t in = draw_between(1, 250, rng);
    Floats weight(static_cast<std::size_t>(out * in));
    for (float& w : weight) w = static_cast<float>(draw_between(-254, 254, rng)) * 0.5f;
    for (std::int64_t o = 0; o < out; ++o) weight[static_cast<std::size_t>(o * in)] = 127.0f;
    const Floats scales = quantization::channel_scales(weight, out, 8);
    for (const float w : weight) tally.count_tie(is_tie(w));  // all scales are 1
    Codes ours(weight.size());
    quantization::quantize_per_channel(weight, scales, 8, ours);
    Codes theirs;
    OneNode node("QuantizeLinear", {{"axis", std::int64_t{0}}});
    node.input("x", weight, {out, in}).constant("scale", scales, {out});
    node.constant("zero_point", Codes(scales.size()), {out}).output("y", theirs, {out, in}).run();
    tally.compare(ours, theirs, describe({out, 1, in}, scales[0], 0));
  }
  EXPECT_TRUE(tally.all_equal());
}

TYPED_TEST(DequantizeLinear, PerTensorAgreesOnEveryOutput) {
  Rng rng(104);
  Tally tally;
  for (int trial = 0; trial < 80; ++trial) {
    const Layout layout = draw_layout(rng);
    const QParams params{draw_scale(rng), draw_zero_point(rng)};
    const Codes codes = draw_codes(layout.count(), -128, 127, rng);
    Floats ours(codes.size());
    quantization::dequantize(codes, params, ours);
    Floats theirs;
    const auto codes_of_theirs = as_codes<TypeParam>(codes);
    OneNode node("DequantizeLinear");
    node.input("x", codes_of_theirs, layout.shape()).scalar("scale", params.scale);
    node.scalar("zero_point", as_code<TypeParam>(params.zero_point));
    node.output("y", theirs, layout.shape()).run();
    tally.compare(ours, theirs, describe(layout, params.scale, params.zero_point));
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

TYPED_TEST(DequantizeLinear, PerChannelAgreesOnEveryOutput) {
  Rng rng(105);
  Tally tally;
  for (int trial = 0; trial < 80; ++trial) {
    const Layout layout = draw_layout(rng);
    const Floats scales = draw_scales(layout.channels, rng);
    const Codes zero_points = draw_codes(layout.channels, -128, 127, rng);
    const Codes codes = draw_codes(layout.count(), -128, 127, rng);
    Floats ours(codes.size());
    const auto run = static_cast<std::size_t>(layout.after);
    for (std::size_t i = 0; i < codes.size(); i += run) {
      const std::size_t c = layout.channel_of(i);
      quantization::dequantize(std::span(codes).subspan(i, run), {scales[c], zero_points[c]},
                               std::span(ours).subspan(i, run));
    }
    Floats theirs;
    const auto codes_of_theirs = as_codes<TypeParam>(codes);
    OneNode node("DequantizeLinear", {{"axis", std::int64_t{1}}});
    node.input("x", codes_of_theirs, layout.shape());
    node.constant("scale", scales, {layout.channels});
    node.constant("zero_point", as_codes<TypeParam>(zero_points), {layout.channels});
    node.output("y", theirs, layout.shape()).run();
    tally.compare(ours, theirs, describe(layout, scales[0], zero_points[0]));
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

// The inputs above are worth their ties: the two usual shortcuts are told apart from the dialect.
template <typename Quantizer>
std::int64_t mismatches_of(Quantizer quantizer) {
  Rng rng(106);
  Tally tally;
  for (int trial = 0; trial < 10; ++trial) {
    const QParams params{draw_scale(rng), draw_zero_point(rng)};
    Floats x(1000);
    for (float& value : x) value = draw_value(params.scale, rng);
    Codes ours;
    for (const float value : x) {
      const float q = quantizer(value, params.scale, static_cast<float>(params.zero_point));
      ours.push_back(static_cast<std::int8_t>(std::clamp(q, -128.0f, 127.0f)));
    }
    Codes theirs;
    OneNode node("QuantizeLinear");
    node.input("x", x, {1000}).scalar("scale", params.scale);
    node.scalar("zero_point", as_code<std::int8_t>(params.zero_point));
    node.output("y", theirs, {1000}).run();
    tally.compare(ours, theirs, "");
  }
  return tally.mismatches();
}

TEST(QuantizeLinearShortcuts, AreSeenByTheComparison) {
  const auto dialect = [](float x, float scale, float zp) { return std::rint(x / scale) + zp; };
  const auto reciprocal = [](float x, float scale, float zp) {
    return std::rint(x * (1.0f / scale)) + zp;
  };
  const auto late = [](float x, float scale, float zp) { return std::rint(x / scale + zp); };
  const auto away = [](float x, float scale, float zp) { return std::round(x / scale) + zp; };
  EXPECT_EQ(mismatches_of(dialect), 0);
  EXPECT_GT(mismatches_of(reciprocal), 0) << "multiplied by the reciprocal";
  EXPECT_GT(mismatches_of(late), 0) << "rounded after the zero-point";
  EXPECT_GT(mismatches_of(away), 0) << "rounded half away from zero";
}

}  // namespace
}  // namespace tinytorch::parity
