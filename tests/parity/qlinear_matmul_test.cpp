// The integer linear layer against ONNX Runtime's QLinearMatMul: plain loops, and the kernel that
// is deployed, sums and codes in one pass.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/parity/draws.h"
#include "tests/parity/one_node.h"
#include "tests/parity/tally.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::parity {
namespace {

using Sums = std::vector<std::int32_t>;
using quantization::full_range;

struct Case {
  std::int64_t rows, in, out;
  Codes x;       // [rows, in]
  Codes weight;  // [out, in]
  std::int32_t input_zero_point, output_zero_point;
  LayerScales scales;
  std::string text;
};

Case draw_case(bool per_column, Rng& rng) {
  Case c{.rows = draw_between(1, 40, rng),
         .in = draw_between(1, 200, rng),
         .out = draw_between(1, 250, rng),
         .x = {},
         .weight = {},
         .input_zero_point = draw_zero_point(rng),
         .output_zero_point = draw_zero_point(rng),
         .scales = {},
         .text = {}};
  // Small weights make small sums, more of which are ties.
  const int widest = largest_safe_weight();
  const int most = rng.below(2) == 0 ? widest : static_cast<int>(draw_between(1, 7, rng));
  c.x = draw_codes(c.rows * c.in, -128, 127, rng);
  c.weight = draw_codes(c.out * c.in, -most, most, rng);
  const double size = std::sqrt(static_cast<double>(c.in)) * 90.0 * most * 0.58;
  c.scales = draw_layer_scales(per_column ? c.out : 1, size, rng);
  std::ostringstream text;
  text << c.rows << "x" << c.in << "x" << c.out << ", zero-points " << c.input_zero_point << " and "
       << c.output_zero_point << ", scales " << c.scales.input << ", " << c.scales.weight[0]
       << " …, " << c.scales.output;
  c.text = text.str();
  return c;
}

// One multiplier an output, also where all share one scale.
Floats multipliers_of(const Case& c) {
  Floats scales = c.scales.weight;
  scales.resize(static_cast<std::size_t>(c.out), scales[0]);
  return quantization::requantize_multipliers(c.scales.input, scales, c.scales.output);
}

Codes in_plain_loops(const Case& c, Tally& tally) {
  const Sums no_bias(static_cast<std::size_t>(c.out));
  const Sums folded = quantization::fold_input_zero_point(c.weight, no_bias, c.input_zero_point);
  Sums acc(static_cast<std::size_t>(c.rows * c.out));
  quantization::linear_int32(c.x, c.weight, folded, acc);
  const Floats multipliers = multipliers_of(c);
  for (std::size_t i = 0; i < acc.size(); ++i) {
    tally.count_tie(is_tie(static_cast<float>(acc[i]) * multipliers[i % multipliers.size()]));
  }
  Codes codes(acc.size());
  quantization::requantize(acc, multipliers, c.output_zero_point, full_range(8), codes);
  return codes;
}

Codes as_deployed(const Case& c) {
  const Sums no_bias(static_cast<std::size_t>(c.out));
  const Sums folded = quantization::fold_input_zero_point(c.weight, no_bias, c.input_zero_point);
  const Floats multipliers = multipliers_of(c);
  Codes codes(static_cast<std::size_t>(c.rows * c.out));
  quantization::int8_gemm_requantized(c.x, quantization::pack_weights(c.weight, c.out, c.in),
                                      folded, {multipliers, c.output_zero_point, full_range(8)},
                                      codes, quantization::best_isa());
  return codes;
}

template <typename Code>
std::vector<Code> in_onnx_runtime(const Case& c) {
  Codes columns(c.weight.size());  // [in, out]: ONNX multiplies x by it, ours by its transpose
  for (std::int64_t o = 0; o < c.out; ++o) {
    for (std::int64_t k = 0; k < c.in; ++k) {
      columns[static_cast<std::size_t>(k * c.out + o)] =
          c.weight[static_cast<std::size_t>(o * c.in + k)];
    }
  }
  const auto x = as_codes<Code>(c.x);
  std::vector<Code> y;
  OneNode node("QLinearMatMul");
  node.input("a", x, {c.rows, c.in}).scalar("a_scale", c.scales.input);
  node.scalar("a_zero_point", as_code<Code>(c.input_zero_point));
  node.constant("b", columns, {c.in, c.out});
  if (c.scales.weight.size() == 1) {
    node.scalar("b_scale", c.scales.weight[0]).scalar("b_zero_point", std::int8_t{0});
  } else {
    node.constant("b_scale", c.scales.weight, {c.out});
    node.constant("b_zero_point", Codes(c.scales.weight.size()), {c.out});
  }
  node.scalar("y_scale", c.scales.output);
  node.scalar("y_zero_point", as_code<Code>(c.output_zero_point));
  node.output("y", y, {c.rows, c.out}).run();
  return y;
}

template <typename Code>
void expect_agreement(bool per_column) {
  Rng rng(per_column ? 201 : 202);
  Tally loops;
  Tally deployed;
  for (int trial = 0; trial < 120; ++trial) {
    const Case c = draw_case(per_column, rng);
    const std::vector<Code> theirs = in_onnx_runtime<Code>(c);
    loops.compare(as_codes<Code>(in_plain_loops(c, loops)), theirs, c.text);
    deployed.compare(as_codes<Code>(as_deployed(c)), theirs, c.text);
  }
  EXPECT_TRUE(loops.all_equal());
  EXPECT_TRUE(deployed.all_equal_without_ties()) << "the same inputs, other kernel";
}

TEST(QLinearMatMul, UnsignedInputsOneWeightScale) { expect_agreement<std::uint8_t>(false); }
TEST(QLinearMatMul, UnsignedInputsAScalePerColumn) { expect_agreement<std::uint8_t>(true); }
TEST(QLinearMatMul, SignedInputsOneWeightScale) { expect_agreement<std::int8_t>(false); }
TEST(QLinearMatMul, SignedInputsAScalePerColumn) { expect_agreement<std::int8_t>(true); }

}  // namespace
}  // namespace tinytorch::parity
