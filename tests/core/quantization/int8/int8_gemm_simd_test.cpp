// Every instruction set against the plain loop, bit for bit.
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/core/threads.h"
#include "tinytorch/quantization/int8/integer_linear.h"

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
    for (const std::int64_t n : {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 25}) {
      for (const std::int64_t in : {1, 2, 3, 4, 5, 63, 64, 65}) {
        for (const std::int64_t out : {1, 10, 16, 17, 33, 48, 130}) {
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

TEST(Int8GemmSimd, MorePanelsThanOnePassHoldsAndRowsAPageApart) {
  Rng rng(13);
  for (const Isa isa : supported_isas()) {
    if (isa == Isa::kScalar)
      continue;  // minutes under a sanitizer, and the loop it is compared with
    expect_equal_to_plain_loop(isa, 13, 4096, 200, Draw::kAll, rng);
    expect_equal_to_plain_loop(isa, 1, 4100, 150, Draw::kAll, rng);
  }
}

TEST(Int8GemmSimd, UnsignedCodesGiveTheSumsOfTheirValues) {
  Rng rng(14);
  for (const auto& [n, in, out] :
       {std::tuple{1, 64, 40}, {5, 63, 17}, {6, 64, 144}, {12, 68, 130}, {13, 1024, 33}}) {
    const Codes x = draw_codes(n * in, Draw::kAll, rng);
    const Codes weight = draw_codes(out * in, Draw::kAll, rng);
    std::vector<std::uint8_t> raised(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) raised[i] = static_cast<std::uint8_t>(x[i] + 128);
    Sums bias(static_cast<std::size_t>(out), 7);
    const PackedWeights packed = pack_weights(weight, out, in);
    Sums expected(static_cast<std::size_t>(n * out));
    linear_int32(x, weight, bias, expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] += 128 * packed.sums[i % static_cast<std::size_t>(out)];
    }
    for (const Isa isa : supported_isas()) {
      Sums acc(expected.size());
      int8_gemm_u8(raised, packed, bias, acc, isa);
      EXPECT_EQ(acc, expected) << name(isa) << " at " << n << " x " << in << " x " << out;
    }
  }
}

// Multipliers that make many ties, codes that clip on both sides, zero-points at either end.
TEST(Int8GemmSimd, RequantizingInOnePassEqualsTwoPasses) {
  Rng rng(15);
  for (const auto& [n, in, out] : {std::tuple{1, 32, 40},
                                   {3, 20, 16},
                                   {4, 9, 17},
                                   {25, 64, 33},
                                   {6, 33, 130},
                                   {11, 8, 112},
                                   {12, 64, 144}}) {
    const Codes x = draw_codes(n * in, Draw::kAll, rng);
    const PackedWeights packed = pack_weights(draw_codes(out * in, Draw::kAll, rng), out, in);
    Sums bias(static_cast<std::size_t>(out));
    for (std::int32_t& b : bias) b = static_cast<std::int32_t>(rng.below(2001)) - 1000;
    bias[0] = 2'000'000'000;
    std::vector<float> multipliers(static_cast<std::size_t>(out));
    for (float& m : multipliers) m = std::ldexp(1.0f, -static_cast<int>(rng.below(14)));
    // Products beyond int32 on both sides, which a conversion to it would turn around.
    multipliers[0] = 8.0f;
    multipliers[1] = 3e38f;
    for (const auto& [zero_point, range] :
         {std::pair{0, QRange{-127, 127}}, {-128, QRange{-128, 127}}, {127, QRange{-8, 127}}}) {
      Sums acc(static_cast<std::size_t>(n * out));
      int8_gemm(x, packed, bias, acc, Isa::kScalar);
      Codes expected(acc.size());
      requantize(acc, multipliers, zero_point, range, expected);
      for (const Isa isa : supported_isas()) {
        Codes codes(acc.size(), 99);
        int8_gemm_requantized(x, packed, bias, {multipliers, zero_point, range}, codes, isa);
        EXPECT_EQ(codes, expected) << name(isa) << ", zero-point " << zero_point;
      }
    }
  }
}

TEST(Int8GemmSimd, RequantizingUnsignedCodesEqualsTwoPasses) {
  Rng rng(16);
  for (const auto& [n, in, out] : {std::tuple{1, 32, 40}, {3, 20, 16}, {25, 63, 33}}) {
    const Codes x = draw_codes(n * in, Draw::kAll, rng);
    const std::span raised(reinterpret_cast<const std::uint8_t*>(x.data()), x.size());
    const PackedWeights packed = pack_weights(draw_codes(out * in, Draw::kAll, rng), out, in);
    const Sums bias(static_cast<std::size_t>(out), -70000);
    const std::vector<float> multipliers(static_cast<std::size_t>(out), 0x1p-9f);
    Sums acc(static_cast<std::size_t>(n * out));
    int8_gemm_u8(raised, packed, bias, acc, Isa::kScalar);
    Codes expected(acc.size());
    requantize(acc, multipliers, -3, {-100, 100}, expected);
    for (const Isa isa : supported_isas()) {
      Codes codes(acc.size(), 99);
      int8_gemm_u8_requantized(raised, packed, bias, {multipliers, -3, {-100, 100}}, codes, isa);
      EXPECT_EQ(codes, expected) << name(isa);
      EXPECT_THROW(int8_gemm_u8_requantized(raised, packed, bias, {}, codes, isa), Error);
    }
  }
}

// A vector that ends where its memory ends: nothing is read or written beyond (the sanitizers see
// it), and what lies behind the last output stays.
TEST(Int8GemmSimd, LeavesWhatLiesBehindTheResultsAlone) {
  Rng rng(16);
  for (const Isa isa : supported_isas()) {
    for (const std::int64_t out : {1, 17, 33, 79}) {
      const Codes x = draw_codes(7 * 21, Draw::kAll, rng);
      const PackedWeights packed = pack_weights(draw_codes(out * 21, Draw::kAll, rng), out, 21);
      const auto results = static_cast<std::size_t>(7 * out);
      Sums acc(results + 16, -999);
      int8_gemm(x, packed, Sums(static_cast<std::size_t>(out)), std::span(acc).first(results), isa);
      EXPECT_EQ(Sums(acc.end() - 16, acc.end()), Sums(16, -999)) << name(isa) << ", " << out;
      Codes codes(results + 16, 99);
      int8_gemm_requantized(
          x, packed, Sums(static_cast<std::size_t>(out)),
          {std::vector<float>(static_cast<std::size_t>(out), 0.01f), 0, QRange{-128, 127}},
          std::span(codes).first(results), isa);
      EXPECT_EQ(Codes(codes.end() - 16, codes.end()), Codes(16, 99)) << name(isa) << ", " << out;
    }
  }
}

TEST(Int8GemmSimd, RefusesPackedWeightsThatAreTooShort) {
  PackedWeights packed = pack_weights(Codes(6), 2, 3);
  packed.codes.pop_back();
  Sums acc(2);
  for (const Isa isa : supported_isas()) {
    if (isa == Isa::kScalar) continue;  // the learner's own
    EXPECT_THROW(int8_gemm(Codes(3), packed, Sums(2), acc, isa), Error) << name(isa);
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

TEST(Int8GemmThreads, ResultsAreTheSameBitForBit) {
  Rng rng(11);
  const std::int64_t rows = 250, in = 260, out = 270;
  std::vector<std::int8_t> x(static_cast<std::size_t>(rows * in));
  std::vector<std::int8_t> weight(static_cast<std::size_t>(out * in));
  for (auto* codes : {&x, &weight}) {
    for (std::int8_t& code : *codes) code = static_cast<std::int8_t>(rng.below(256));
  }
  const PackedWeights packed = pack_weights(weight, out, in);
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(out), 7);
  const std::vector<float> multipliers(static_cast<std::size_t>(out), 1e-3f);
  const Requantization requantization{multipliers, 3, {-128, 127}};
  std::vector<std::int32_t> one(static_cast<std::size_t>(rows * out)), many(one.size());
  std::vector<std::int8_t> one_code(one.size()), many_codes(one.size());
  for (const Isa isa : supported_isas()) {
    set_num_threads(1);
    int8_gemm(x, packed, bias, one, isa);
    int8_gemm_requantized(x, packed, bias, requantization, one_code, isa);
    for (const int threads : {2, 3}) {
      set_num_threads(threads);
      int8_gemm(x, packed, bias, many, isa);
      EXPECT_EQ(one, many) << name(isa) << ' ' << threads;
      int8_gemm_requantized(x, packed, bias, requantization, many_codes, isa);
      EXPECT_EQ(one_code, many_codes) << name(isa) << ' ' << threads;
    }
  }
  set_num_threads(1);
}

}  // namespace
}  // namespace tinytorch::quantization
