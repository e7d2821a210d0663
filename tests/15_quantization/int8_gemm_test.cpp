// Learner tests of part 4: the same sums as linear_int32, bit for bit, from another layout.
#include "tinytorch/quantization/int8_gemm.h"

#include <gtest/gtest.h>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_same;
using teach::expect_value;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

Codes random_codes(std::int64_t count, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(static_cast<int>(rng.below(256)) - 128);
  return codes;
}

// --- 15.14 pack_weights ---

TEST(PackWeights, PutsFourInputsOfOneOutputSideBySide) {
  // Two outputs, four inputs: one panel, one group.
  const PackedWeights packed = pack_weights(Codes{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4);
  Codes expected(64, 0);
  Codes columns(64, 0);
  for (std::size_t i = 0; i < 8; ++i) expected[i] = static_cast<std::int8_t>(i + 1);
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t o = 0; o < 2; ++o) columns[k * 16 + o] = static_cast<std::int8_t>(o * 4 + k + 1);
  }
  expect_same<std::int8_t>("codes", packed.codes, expected,
                           {{columns,
                             "Each input's 16 outputs stand together. The instruction wants four "
                             "inputs of one output side by side."}});
}

TEST(PackWeights, GroupsFollowEachOtherWithinAPanel) {
  // One output, six inputs: group 1 begins 16 · 4 = 64 codes after group 0 and is padded with 0.
  const PackedWeights packed = pack_weights(Codes{1, 2, 3, 4, 5, 6}, 1, 6);
  Codes expected(128, 0);
  Codes adjacent(128, 0);
  for (std::size_t k = 0; k < 6; ++k) {
    expected[k / 4 * 64 + k % 4] = static_cast<std::int8_t>(k + 1);
    adjacent[k] = static_cast<std::int8_t>(k + 1);
  }
  expect_same<std::int8_t>("codes", packed.codes, expected,
                           {{adjacent, "The row was copied in one piece: after 4 inputs come the "
                                       "other 15 outputs of the group."}});
}

TEST(PackWeights, PanelsHoldSixteenOutputs) {
  // 17 outputs, one input each: output 16 opens a second panel.
  Codes weight;
  for (int o = 0; o < 17; ++o) weight.push_back(static_cast<std::int8_t>(o + 1));
  const PackedWeights packed = pack_weights(weight, 17, 1);
  Codes expected(128, 0);
  for (std::size_t o = 0; o < 17; ++o) expected[o / 16 * 64 + o % 16 * 4] = weight[o];
  expect_same<std::int8_t>("codes", packed.codes, expected);
}

TEST(PackWeights, SumsEveryRow) {
  const PackedWeights packed = pack_weights(Codes{1, -2, 4, 100, 100, 100}, 2, 3);
  expect_same<std::int32_t>("sums", packed.sums, {3, 300},
                            {{{3, 44}, "The sum wrapped around in int8: add in int32."},
                             {{101, 98}, "These are sums of columns."},
                             {{0, 0}, "The sums were left at 0."}});
  expect_value("out", packed.out, std::int64_t{2});
  expect_value("in", packed.in, std::int64_t{3});
}

TEST(PackWeights, RefusesSizesThatDoNotFit) {
  expect_error([] { (void)pack_weights(Codes(5), 2, 3); }, "5", "5 weights are not 2 x 3.");
  expect_error([] { (void)pack_weights(Codes{}, 0, 3); }, "0", "A layer without outputs has no panel.");
}

// --- 15.15 gemm_packed ---

TEST(GemmPacked, OneNumberByHand) {
  const PackedWeights packed = pack_weights(Codes{5, 6, 7, 8}, 2, 2);
  Sums acc(4, -999);
  gemm_packed(Codes{1, 2, 3, 4}, packed, Sums{100, 200}, acc);
  expect_same<std::int32_t>("acc", acc, {117, 223, 139, 253},
                            {{{17, 23, 39, 53}, "The bias is missing."},
                             {{117, 223, -999, -999}, "Only the first row of x was computed."}});
}

TEST(GemmPacked, EqualsThePlainLoopForEveryShape) {
  Rng rng(4);
  for (const std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 13}) {
    for (const std::int64_t in : {1, 3, 4, 5, 31, 64}) {
      for (const std::int64_t out : {1, 10, 15, 16, 17, 33}) {
        const Codes x = random_codes(n * in, rng);
        const Codes weight = random_codes(out * in, rng);
        Sums bias(static_cast<std::size_t>(out));
        for (std::int32_t& b : bias) b = static_cast<std::int32_t>(rng.below(2000)) - 1000;
        Sums expected(static_cast<std::size_t>(n * out));
        linear_int32(x, weight, bias, expected);
        Sums acc(expected.size(), -999);
        gemm_packed(x, pack_weights(weight, out, in), bias, acc);
        expect_same<std::int32_t>("acc for x [" + teach::show(n) + ", " + teach::show(in) +
                                      "], weight [" + teach::show(out) + ", " + teach::show(in) + "]",
                                  acc, expected, {}, [&](std::size_t i) {
                                    const auto at = static_cast<std::int64_t>(i);
                                    return "row " + teach::show(at / out) + ", output " +
                                           teach::show(at % out) +
                                           "; edges: n by your rows, in by 4, out by 16";
                                  });
        if (::testing::Test::HasFailure()) return;  // the first shape says it all
      }
    }
  }
}

TEST(GemmPacked, ExtremeCodesDoNotSaturate) {
  const Codes x(128, -128);
  const Codes weight(128, -128);
  Sums acc(1);
  gemm_packed(x, pack_weights(weight, 1, 128), Sums{0}, acc);
  expect_same<std::int32_t>("acc", acc, {128 * 16384},
                            {{{32767}, "A pair of products saturated in int16: widen to int32 first."}});
}

TEST(GemmPacked, RefusesShapesThatDoNotFit) {
  const PackedWeights packed = pack_weights(Codes(6), 2, 3);
  Sums acc(2);
  expect_error([&] { gemm_packed(Codes(4), packed, Sums(2), acc); }, "4", "4 inputs are not rows of 3.");
  expect_error([&] { gemm_packed(Codes(3), packed, Sums(3), acc); }, "3", "2 outputs, 3 biases.");
  expect_error([&] { gemm_packed(Codes(6), packed, Sums(2), acc); }, "2", "2 rows need room for 4 sums.");
}

}  // namespace
}  // namespace tinytorch::quantization
