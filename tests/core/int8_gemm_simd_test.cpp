// Every instruction set against the plain loop, bit for bit.
#include "tinytorch/quantization/int8_gemm_simd.h"

#include <gtest/gtest.h>

#include <string>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

// Which codes a test draws: all of them, or only the two ends, where narrow sums would saturate.
enum class Draw { kAll, kExtremes };

Codes draw_codes(std::int64_t count, Draw draw, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) {
    const auto value = static_cast<int>(rng.below(256)) - 128;
    code = static_cast<std::int8_t>(draw == Draw::kAll ? value : value < 0 ? -128 : 127);
  }
  return codes;
}

void expect_equal_to_plain_loop(Isa isa, std::int64_t n, std::int64_t in, std::int64_t out,
                                Draw draw, Rng& rng) {
  const Codes x = draw_codes(n * in, draw, rng);
  const Codes weight = draw_codes(out * in, draw, rng);
  Sums bias(static_cast<std::size_t>(out));
  for (std::int32_t& b : bias) b = static_cast<std::int32_t>(rng.below(1u << 20)) - (1 << 19);
  Sums expected(static_cast<std::size_t>(n * out));
  linear_int32(x, weight, bias, expected);
  Sums acc(expected.size(), -999);
  int8_gemm(x, pack_weights(weight, out, in), bias, acc, isa);
  EXPECT_EQ(acc, expected) << name(isa) << " at " << n << " x " << in << " x " << out;
}

TEST(Int8GemmSimd, EveryInstructionSetEqualsThePlainLoopAtEveryEdge) {
  Rng rng(11);
  for (const Isa isa : supported_isas()) {
    for (const std::int64_t n : {1, 2, 3, 4, 11, 12, 13, 25}) {
      for (const std::int64_t in : {1, 2, 3, 4, 5, 63, 64, 65}) {
        for (const std::int64_t out : {1, 10, 15, 16, 17, 31, 32, 33, 48}) {
          expect_equal_to_plain_loop(isa, n, in, out, Draw::kAll, rng);
        }
      }
    }
  }
}

TEST(Int8GemmSimd, ExtremeCodesNeverSaturateOnTheWay) {
  Rng rng(12);
  for (const Isa isa : supported_isas()) {
    expect_equal_to_plain_loop(isa, 13, 1024, 33, Draw::kExtremes, rng);
  }
}

TEST(Int8GemmSimd, TheScalarPathIsAlwaysThere) {
  EXPECT_EQ(supported_isas().front(), Isa::kScalar);
  EXPECT_EQ(best_isa(), supported_isas().back());
}

TEST(Int8GemmSimd, RefusesShapesThatDoNotFit) {
  const PackedWeights packed = pack_weights(Codes(6), 2, 3);
  Sums acc(2);
  for (const Isa isa : supported_isas()) {
    EXPECT_THROW(int8_gemm(Codes(4), packed, Sums(2), acc, isa), Error) << name(isa);
    EXPECT_THROW(int8_gemm(Codes(6), packed, Sums(2), acc, isa), Error) << name(isa);
    EXPECT_THROW(int8_gemm(Codes(3), packed, Sums(3), acc, isa), Error) << name(isa);
  }
}

}  // namespace
}  // namespace tinytorch::quantization
