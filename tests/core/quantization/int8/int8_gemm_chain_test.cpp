// uint8 in, uint8 out: the same codes as the plain loops give, 128 higher.
#include "tinytorch/quantization/int8/int8_gemm_chain.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Bytes = std::vector<std::uint8_t>;
using Sums = std::vector<std::int32_t>;

Codes draw_codes(std::int64_t count, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& c : codes) c = static_cast<std::int8_t>(static_cast<int>(rng.below(256)) - 128);
  return codes;
}

Bytes raised(const Codes& codes) {
  Bytes bytes;
  for (const std::int8_t code : codes) bytes.push_back(static_cast<std::uint8_t>(code + 128));
  return bytes;
}

struct Layer {
  std::int64_t rows, in, out;
  Codes x, weight;
  Sums bias;
  std::vector<float> multipliers;  // powers of two, so that many sums lie on ties
  std::int32_t zero_point;

  Layer(std::int64_t rows_, std::int64_t in_, std::int64_t out_, Rng& rng)
      : rows(rows_),
        in(in_),
        out(out_),
        x(draw_codes(rows_ * in_, rng)),
        weight(draw_codes(out_ * in_, rng)),
        zero_point(static_cast<std::int32_t>(rng.below(256)) - 128) {
    for (std::int64_t o = 0; o < out; ++o) {
      bias.push_back(static_cast<std::int32_t>(rng.below(2001)) - 1000);
      multipliers.push_back(std::ldexp(1.0f, -4 - static_cast<int>(rng.below(8))));
    }
  }

  Bytes in_plain_loops(QRange range) const {
    Sums acc(static_cast<std::size_t>(rows * out));
    linear_int32(x, weight, bias, acc);
    Codes codes(acc.size());
    requantize(acc, multipliers, zero_point, range, codes);
    return raised(codes);
  }

  Bytes in_a_chain(QRange range, Isa isa) const {
    const Sums folded = fold_input_zero_point(weight, bias, 128);
    Bytes codes(static_cast<std::size_t>(rows * out), 77);
    int8_gemm_chain(raised(x), pack_weights(weight, out, in), folded,
                    {multipliers, zero_point + 128, {range.qmin + 128, range.qmax + 128}}, codes,
                    isa);
    return codes;
  }
};

// 1 to 9 panels, whole and not, inputs that fill no quad.
TEST(Int8GemmChain, EqualsThePlainLoopsOnEveryInstructionSet) {
  Rng rng(31);
  for (const std::int64_t rows : {1, 2, 13}) {
    for (const std::int64_t in : {1, 3, 4, 5, 8, 9, 63, 64, 130}) {
      for (const std::int64_t out : {1, 10, 16, 17, 64, 65, 130}) {
        const Layer layer(rows, in, out, rng);
        for (const QRange range : {QRange{-128, 127}, QRange{layer.zero_point / 2, 127}}) {
          const Bytes expected = layer.in_plain_loops(range);
          for (const Isa isa : supported_isas()) {
            ASSERT_EQ(layer.in_a_chain(range, isa), expected)
                << name(isa) << " at " << rows << " x " << in << " x " << out;
          }
        }
      }
    }
  }
}

TEST(Int8GemmChain, RefusesSizesThatDoNotFit) {
  Rng rng(33);
  const Layer layer(2, 8, 3, rng);
  const PackedWeights weight = pack_weights(layer.weight, 3, 8);
  const Bytes x = raised(layer.x);
  Bytes codes(6);
  const auto call = [&](std::span<const std::uint8_t> input, std::span<const float> multipliers,
                        std::span<std::uint8_t> to) {
    int8_gemm_chain(input, weight, layer.bias, {multipliers, 0, {0, 255}}, to, best_isa());
  };
  EXPECT_NO_THROW(call(x, layer.multipliers, codes));
  EXPECT_ERROR(call(std::span(x).first(15), layer.multipliers, codes), "x of 15 codes");
  EXPECT_ERROR(call(x, std::span(layer.multipliers).first(2), codes), "2 multipliers");
  EXPECT_ERROR(call(x, layer.multipliers, std::span(codes).first(5)), "results of 5");
}

}  // namespace
}  // namespace tinytorch::quantization
