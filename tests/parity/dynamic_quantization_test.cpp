// choose_qparams_dynamic and DynamicLinear against ONNX Runtime.
#include <gtest/gtest.h>

#include "tests/parity/draws.h"
#include "tests/parity/one_node.h"
#include "tests/parity/tally.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"

namespace tinytorch::parity {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct DynamicResult {
  Bytes codes;
  Floats scale;
  Bytes zero_point;
};

DynamicResult in_onnx_runtime(const Floats& x) {
  DynamicResult result;
  const auto count = static_cast<std::int64_t>(x.size());
  OneNode node("DynamicQuantizeLinear");
  node.input("x", x, {count}).output("y", result.codes, {count});
  node.output("scale", result.scale, {}).output("zero_point", result.zero_point, {}).run();
  return result;
}

// Zero-points on ties and beside them: the range is 255 steps of a power of two and begins
// half-way between two of them. The values lie on ties of the scale as well.
Floats draw_batch(std::int64_t count, Tally& tally, Rng& rng) {
  const float step = draw_scale(rng);
  const float first = -(static_cast<float>(rng.below(256)) + 0.5f) * step;
  const float low = rng.below(2) == 0 ? first : std::nextafter(first, 0.0f);
  Floats x(static_cast<std::size_t>(count));
  for (float& value : x) {
    value = std::clamp(draw_value(step, rng), low, low + 255.0f * step);
    tally.count_tie(is_tie(value / step));
  }
  if (rng.below(4) == 0) return x;  // whatever range it has
  x.front() = low;
  x.back() = low + 255.0f * step;
  return x;
}

TEST(DynamicQuantizeLinear, CodesAgreeOnEveryOutput) {
  Rng rng(401);
  Tally tally;
  for (int trial = 0; trial < 120; ++trial) {
    const Floats x = draw_batch(draw_between(1, 4000, rng), tally, rng);
    const auto params = quantization::choose_qparams_dynamic(x);
    Codes codes(x.size());
    quantization::quantize(x, params, quantization::full_range(8), codes);
    const DynamicResult theirs = in_onnx_runtime(x);
    tally.compare(as_codes<std::uint8_t>(codes), theirs.codes, "trial " + std::to_string(trial));
  }
  EXPECT_TRUE(tally.all_equal());
}

TEST(DynamicQuantizeLinear, ScalesAndZeroPointsAgreeInEveryBatch) {
  Rng rng(402);
  Tally scales;
  Tally zero_points;
  Tally unused;
  for (int trial = 0; trial < 1000; ++trial) {
    const Floats x = draw_batch(draw_between(1, 70, rng), unused, rng);
    const auto ours = quantization::choose_qparams_dynamic(x);
    const DynamicResult theirs = in_onnx_runtime(x);
    const std::string text = "trial " + std::to_string(trial);
    scales.compare({ours.scale}, theirs.scale, text);
    zero_points.compare({as_code<std::uint8_t>(ours.zero_point)}, theirs.zero_point, text);
  }
  EXPECT_EQ(scales.mismatches(), 0);
  EXPECT_EQ(zero_points.mismatches(), 0);
}

// The layer, from float to float, node by node as the ONNX operators compute it.
Floats layer_in_onnx_runtime(const quantization::DynamicLinear& layer, const Floats& bias,
                             const Floats& x, std::int64_t rows) {
  using onnx::ElementType;
  const std::int64_t in = layer.in_features();
  const std::int64_t out = layer.out_features();
  const Codes rows_of_codes = layer.weight_codes();  // [out, in]
  Codes columns(rows_of_codes.size());               // [in, out]
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto many = static_cast<std::size_t>(out);
    columns[i] = rows_of_codes[i % many * static_cast<std::size_t>(in) + i / many];
  }
  onnx::ModelBuilder model("dynamic_linear");
  model.add_input("x", ElementType::kFloat, {rows, in});
  model.add_initializer("weight", {in, out}, std::span<const std::int8_t>(columns));
  model.add_initializer("weight_scale", {out}, std::span<const float>(layer.weight_scales()));
  model.add_initializer("bias", {out}, std::span<const float>(bias));
  model.add_node("DynamicQuantizeLinear", {"x"}, {"codes", "scale", "zero_point"});
  model.add_node("MatMulInteger", {"codes", "weight", "zero_point"}, {"sums"});
  model.add_node("Cast", {"sums"}, {"steps"}, {{"to", std::int64_t{1}}});
  model.add_node("Mul", {"scale", "weight_scale"}, {"step"});
  model.add_node("Mul", {"steps", "step"}, {"product"});
  model.add_node("Add", {"product", "bias"}, {"y"});
  model.add_output("y", ElementType::kFloat, {rows, out});
  peers::OnnxRuntimeSession session(model.to_bytes(), peers::Optimization::kNone);
  Floats y(static_cast<std::size_t>(rows * out));
  session.bind_input("x", std::span<const float>(x), {rows, in});
  session.bind_output("y", std::span<float>(y), {rows, out});
  session.run();
  return y;
}

TEST(DynamicLinear, AgreesBitForBitFromFloatToFloat) {
  Rng rng(403);
  Tally tally;
  Tally unused;
  const int bits = largest_safe_weight() == 127 ? 8 : 7;
  for (int trial = 0; trial < 80; ++trial) {
    const std::int64_t rows = draw_between(1, 60, rng);
    const std::int64_t in = draw_between(1, 150, rng);
    const std::int64_t out = draw_between(1, 250, rng);
    const Tensor bias = Tensor::randn({out}, rng);
    quantization::DynamicLinear layer(Tensor::randn({out, in}, rng), bias, bits);
    const Floats x = draw_batch(rows * in, unused, rng);
    const Tensor y = layer.forward(Tensor({rows, in}, x));
    const Floats bias_values(bias.data().begin(), bias.data().end());
    tally.compare(Floats(y.data().begin(), y.data().end()),
                  layer_in_onnx_runtime(layer, bias_values, x, rows),
                  "trial " + std::to_string(trial));
  }
  EXPECT_TRUE(tally.all_equal_without_ties());
}

}  // namespace
}  // namespace tinytorch::parity
