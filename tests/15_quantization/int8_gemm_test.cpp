// Learner tests of int8_gemm.cpp: the same sums as linear_int32, bit for bit, from another layout.
#include "tinytorch/quantization/int8/int8_gemm.h"

#include <gtest/gtest.h>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_same;
using teach::expect_value;
using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

Codes random_codes(std::int64_t count, Rng& rng) {
  Codes codes(static_cast<std::size_t>(count));
  for (std::int8_t& code : codes)
    code = static_cast<std::int8_t>(static_cast<int>(rng.below(256)) - 128);
  return codes;
}

// --- 15.14 pack_weights ---

TEST(PackWeights, PutsFourInputsOfOneOutputSideBySide) {
  // Two outputs, four inputs: one panel, one group.
  const PackedWeights packed = pack_weights(Codes{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4);
  Codes expected(64, 0);
  Codes columns(64, 0);
  Codes mirrored(64, 0);
  for (std::size_t i = 0; i < 8; ++i) expected[i] = static_cast<std::int8_t>(i + 1);
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t o = 0; o < 2; ++o) {
      columns[k * 16 + o] = static_cast<std::int8_t>(o * 4 + k + 1);
      mirrored[o * 4 + 3 - k] = static_cast<std::int8_t>(o * 4 + k + 1);
    }
  }
  expect_same<std::int8_t>("codes", packed.codes, expected,
                           {{columns,
                             "Each input's 16 outputs stand together. The instruction wants four "
                             "inputs of one output side by side."},
                            {mirrored, "Each four inputs stand in reverse order."},
                            {Codes(64, 0), "The codes were left at 0."}});
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
                           {{adjacent,
                             "The row was copied in one piece: after 4 inputs come the "
                             "other 15 outputs of the group."}});
}

TEST(PackWeights, PanelsHoldSixteenOutputs) {
  // 17 outputs, five inputs: two panels of two groups each, 64 codes a group. Only the corners hold
  // something, so each of the four groups begins with one number.
  Codes weight(17 * 5, 0);
  weight[0] = 1;           // output 0, input 0
  weight[4] = 2;           // output 0, input 4
  weight[16 * 5] = 3;      // output 16, input 0
  weight[16 * 5 + 4] = 4;  // output 16, input 4
  const auto groups_starting_with = [](const Codes& first) {
    Codes codes(first.size() * 64, 0);
    for (std::size_t i = 0; i < first.size(); ++i) codes[i * 64] = first[i];
    return codes;
  };
  expect_same<std::int8_t>(
      "codes", pack_weights(weight, 17, 5).codes, groups_starting_with({1, 2, 3, 4}),
      {{groups_starting_with({1, 3, 2, 4}),
        "Panels alternate within each group; a panel's groups stand together, so that one pass "
        "over "
        "neighbouring bytes feeds 16 outputs."},
       {groups_starting_with({1, 2, 0, 0}), "Output 16 is missing: it opens a second panel."},
       {groups_starting_with({3, 4, 0, 0}),
        "Output 16 overwrote output 0: it opens a second panel."}});
}

TEST(PackWeights, SumsEveryRow) {
  const PackedWeights packed = pack_weights(Codes{1, -2, 4, 100, 100, 100}, 2, 3);
  expect_same<std::int32_t>(
      "sums", packed.sums, {3, 300},
      {{{3, 44}, "The sum wrapped around in int8: add in int32."},
       {{101, 98}, "These are sums of columns; each output has a row."},
       {{4, 100}, "Only the last weight of each row is left: add them up (+=)."},
       {{0, 0}, "The sums were left at 0."}});
  expect_value("out", packed.out, std::int64_t{2});
  expect_value("in", packed.in, std::int64_t{3});
}

// --- 15.15 gemm_packed ---

TEST(GemmPacked, FourNumbersByHand) {
  // x = [[1, 2], [3, 4]], weight = [[5, 6], [7, 8]].
  const PackedWeights packed = pack_weights(Codes{5, 6, 7, 8}, 2, 2);
  Sums acc(4, -999);
  gemm_packed(Codes{1, 2, 3, 4}, packed, Sums{100, 200}, acc);
  expect_same<std::int32_t>(
      "acc", acc, {117, 223, 139, 253},
      {{{17, 23, 39, 53}, "The bias is missing."},
       {{117, 223, -999, -999}, "Only the first row of x was computed."},
       {{-999, -999, -999, -999},
        "Nothing was stored. Two rows and two outputs do not fill a block, but must be computed "
        "too."},
       {{100, 200, 100, 200},
        "Only the bias came out. Two inputs do not fill a group of four, but must be multiplied "
        "too."},
       {{117, 123, 239, 253}, "The bias belongs to the output, not to the row of x."}});
}

TEST(GemmPacked, EveryInputCounts) {
  // Six inputs are one group of four and two more.
  const PackedWeights packed = pack_weights(Codes{1, 1, 1, 1, 1, 1}, 1, 6);
  Sums acc(1, -999);
  gemm_packed(Codes{1, 2, 4, 8, 16, 32}, packed, Sums{0}, acc);
  expect_same<std::int32_t>(
      "acc", acc, {63},
      {{{15}, "Only the first group was multiplied; the last one may be shorter."},
       {{48}, "Only the last group is left: add every group to the sum (+=)."},
       {{18}, "The second group met the inputs of the first: x moves on by four."}});
}

TEST(GemmPacked, EveryRowCountsOnce) {
  // Nine rows of one input: whatever your block of rows is, the last one is not full.
  const PackedWeights packed = pack_weights(Codes{1}, 1, 1);
  Sums acc(9, -999);
  gemm_packed(Codes{1, 2, 3, 4, 5, 6, 7, 8, 9}, packed, Sums{0}, acc);
  const std::string rest =
      "The rows left over after the last full block were not computed: a block may be shorter.";
  const std::string stale =
      "Each block of rows also holds the sums of the block before it: start every block afresh.";
  expect_same<std::int32_t>("acc", acc, {1, 2, 3, 4, 5, 6, 7, 8, 9},
                            {{{1, 2, 3, 4, 5, 6, 7, 8, -999}, rest},
                             {{1, 2, 4, 6, 9, 12, 16, 20, 25}, stale},
                             {{1, 2, 3, 4, 6, 8, 10, 12, 15}, stale},
                             {{1, 2, 3, 4, 5, 6, 7, 8, 10}, stale},
                             {{1, 2, 3, 4, 1, 2, 3, 4, 1},
                              "Every block read the first rows of x: x moves on with the block."}});
}

TEST(GemmPacked, EveryOutputCounts) {
  // 18 outputs are one panel and two more; output o has weight o.
  Codes weight;
  Sums expected;
  Sums one_panel;
  Sums same_panel;
  Sums first_bias;
  Sums bias;
  for (std::int32_t o = 0; o < 18; ++o) {
    weight.push_back(static_cast<std::int8_t>(o));
    bias.push_back(100 * o);
    expected.push_back(101 * o);
    one_panel.push_back(o < 16 ? 101 * o : -999);
    same_panel.push_back(o < 16 ? 101 * o : 100 * o + (o - 16));
    first_bias.push_back(o < 16 ? 101 * o : o + 100 * (o - 16));
  }
  Sums acc(18, -999);
  gemm_packed(Codes{1}, pack_weights(weight, 18, 1), bias, acc);
  expect_same<std::int32_t>(
      "acc", acc, expected,
      {{one_panel, "Only the first panel was computed; the last one may be narrower than 16."},
       {same_panel, "Panel 1 was given the weights of panel 0: a panel is groups · 64 codes long."},
       {first_bias, "Panel 1 was given the biases of panel 0: output 16p + o has bias 16p + o."}});
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
        expect_same<std::int32_t>(
            "acc for x [" + teach::show(n) + ", " + teach::show(in) + "], weight [" +
                teach::show(out) + ", " + teach::show(in) + "]",
            acc, expected, {}, [&](std::size_t i) {
              const auto at = static_cast<std::int64_t>(i);
              return "row " + teach::show(at / out) + ", output " + teach::show(at % out) +
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
  expect_same<std::int32_t>(
      "acc", acc, {128 * 16384},
      {{{32767}, "The sum saturated in int16: widen to int32 first."},
       {{64 * 32767}, "Each pair of products saturated in int16: widen to int32 first."},
       {{0}, "The sums wrapped around in int16: widen to int32 first."}});
}

}  // namespace
}  // namespace tinytorch::quantization
