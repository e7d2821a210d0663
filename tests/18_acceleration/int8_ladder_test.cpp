// Learner tests of part 7: blocks, packing and threads in int8.
#include "tinytorch/quantization/int8_ladder.h"

#include <gtest/gtest.h>

#include "tests/18_acceleration/int8_support.h"
#include "tests/18_acceleration/many_threads.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_same;
using Ints = std::vector<std::int64_t>;

// What a rung makes of x and weight; acc holds 99 before.
using Rung = void (*)(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in,
                      const Sums& bias, Sums& acc);

void by_blocks(const Codes& x, const Codes& weight, std::int64_t, std::int64_t, const Sums& bias,
               Sums& acc) {
  int8_gemm_blocked(x, weight, bias, acc);
}

// Weights widened as the contract says, without widen().
WideRows widened_by_hand(const Codes& weight, std::int64_t out, std::int64_t in) {
  WideRows wide;
  wide.rows = out;
  wide.in = in;
  const std::int64_t steps = (in + kWideStep - 1) / kWideStep;
  wide.stride = steps * kWideStep;
  wide.codes.assign(static_cast<std::size_t>(out * wide.stride), 0);
  for (std::int64_t at = 0; at < out * in; ++at) {
    wide.codes[static_cast<std::size_t>(at / in * wide.stride + at % in)] =
        weight[static_cast<std::size_t>(at)];
  }
  return wide;
}

void by_wide_rows(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in,
                  const Sums& bias, Sums& acc) {
  int8_gemm_wide(x, widened_by_hand(weight, out, in), bias, acc);
}

void by_threads(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in,
                const Sums& bias, Sums& acc) {
  int8_gemm_parallel(x, packed_by_hand(weight, out, in), bias, acc);
}

// 1·3 + 2·4 = 11 and 1·5 + 2·6 = 17, on biases of 10 and 20.
void expect_by_hand(Rung rung) {
  Sums acc(2, 99);
  rung({1, 2}, {3, 4, 5, 6}, 2, 2, {10, 20}, acc);
  expect_same<std::int32_t>(
      "acc of x = {1, 2}, weight = {3, 4, 5, 6}", acc, {21, 37},
      {{{11, 17}, "The bias is missing."},
       {{21, 27}, "Every output has a bias of its own: bias[o]."},
       {{23, 36}, "The weight was read down its columns: row o holds the codes of output o."},
       {{18, 32}, "The last step of k is all that is left: add to the sum."},
       {{99, 99}, "Nothing was written: who does the rows and outputs that make no whole block?"},
       {{120, 136}, "acc is written, not added to: what it held before does not count."}});
}

void expect_plain_loop(Rung rung, const Ints& all_rows, const Ints& all_outputs,
                       const Ints& all_inputs) {
  for (const std::int64_t rows : all_rows) {
    for (const std::int64_t out : all_outputs) {
      for (const std::int64_t in : all_inputs) {
        const Codes x = codes(rows * in, 5), weight = codes(out * in, 6);
        Sums acc(static_cast<std::size_t>(rows * out), 99);
        rung(x, weight, out, in, biases(out), acc);
        expect_same<std::int32_t>(
            "acc of " + std::to_string(rows) + " x " + std::to_string(in) + " · [" +
                std::to_string(out) + ", " + std::to_string(in) + "]",
            acc, plain(x, weight, out, in, biases(out)), {}, row_and_output(out));
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

// 100,000 products of 128 · 128 take 31 bits.
void expect_no_overflow(Rung rung) {
  const Codes low(100000, -128);
  Sums acc(1);
  rung(low, low, 1, 100000, {0}, acc);
  expect_same<std::int32_t>("−128 · −128, 100,000 times", acc, {100000 * 128 * 128}, {},
                            [](auto) { return "sums are int32 from the first product on"; });
}

// --- 18.10 ---

TEST(Int8Blocked, ByHand) { expect_by_hand(by_blocks); }

TEST(Int8Blocked, EveryShapeIsThePlainLoop) {
  expect_plain_loop(by_blocks, {4, 1, 2, 3, 5, 8, 11}, {4, 1, 2, 3, 5, 8, 11}, {1, 2, 7, 40});
}

TEST(Int8Blocked, LongSumsAreExact) { expect_no_overflow(by_blocks); }

TEST(Int8Blocked, NoRowsAreFine) {
  Sums acc;
  teach::expect_no_error([&] { int8_gemm_blocked({}, Codes(6), Sums(2), acc); },
                         "n = 0 rows give 0 sums.");
}

TEST(Int8Blocked, RefusesWhatDoesNotFit) {
  const auto call = [](std::size_t x, std::size_t weight, std::size_t bias, std::size_t acc) {
    return [=] {
      Sums sums(acc);
      int8_gemm_blocked(Codes(x), Codes(weight), Sums(bias), sums);
    };
  };
  expect_error(call(7, 6, 2, 4), "int8_gemm_blocked", "7 codes are not rows of 3.");
  expect_error(call(6, 6, 2, 3), "3", "Two rows of two outputs are four sums.");
  expect_error(call(6, 7, 2, 4), "7", "7 codes are not two rows of weight.");
  expect_error(call(6, 6, 0, 0), "0", "Without a bias there is no output to compute.");
  expect_error(call(0, 0, 2, 0), "0", "A sum has at least one product.");
}

// --- 18.11 ---

TEST(Int8Packed, WidensRowsToWholeSteps) {
  const WideRows wide = widen(Codes{1, -2, 3, 4}, 2);
  expect_same<std::int64_t>("rows, in, stride", Ints{wide.rows, wide.in, wide.stride}, {2, 2, 32},
                            {{{2, 2, 2}, "A row of 2 takes a whole step of 32 codes."},
                             {{2, 2, 64}, "One step of 32 is enough for 2 codes."}});
  Ints expected(64), close(64), bytes(64);
  expected[0] = close[0] = bytes[0] = 1;
  expected[1] = close[1] = -2;
  bytes[1] = 254;
  expected[32] = close[2] = bytes[32] = 3;
  expected[33] = close[3] = bytes[33] = 4;
  expect_same<std::int64_t>(
      "widen({1, -2, 3, 4})", Ints(wide.codes.begin(), wide.codes.end()), expected,
      {{close, "The second row begins at its stride, not right after the first."},
       {bytes, "Codes are signed: -2 stays -2."}});
  const WideRows whole = widen(Codes(64, 7), 32);
  expect_same<std::int64_t>("stride of 32 codes", Ints{whole.stride}, {32},
                            {{{64}, "32 is a whole step already."}});
}

TEST(Int8Packed, ByHand) { expect_by_hand(by_wide_rows); }

TEST(Int8Packed, EveryShapeIsThePlainLoop) {
  expect_plain_loop(by_wide_rows, {4, 1, 2, 3, 9}, {4, 1, 2, 3, 5, 11}, {1, 31, 32, 33, 100});
}

TEST(Int8Packed, LongSumsAreExact) { expect_no_overflow(by_wide_rows); }

TEST(Int8Packed, WidensItsOwnWeights) {
  const Codes x = codes(3 * 37, 7), weight = codes(6 * 37, 8);
  Sums acc(18);
  int8_gemm_wide(x, widen(weight, 37), biases(6), acc);
  expect_same<std::int32_t>("acc over widen(weight, 37)", acc, plain(x, weight, 6, 37, biases(6)),
                            {}, row_and_output(6));
}

TEST(Int8Packed, RefusesWhatDoesNotFit) {
  expect_error([] { widen(Codes(5), 3); }, "5", "5 codes are not rows of 3.");
  expect_error([] { widen(Codes(4), 0); }, "0", "A row has at least one code.");
  const WideRows weight = widened_by_hand(codes(8, 3), 2, 4);
  expect_misfits_refused(
      [&](const Codes& x, const Sums& bias, Sums& acc) { int8_gemm_wide(x, weight, bias, acc); });
}

// --- 18.12 ---

// {begin, count} of every part, one after the other.
Ints plan(std::int64_t rows, std::int64_t out, std::int64_t in, int threads) {
  Ints flat;
  for (const RowRange& range : plan_rows(rows, out, in, threads)) {
    flat.insert(flat.end(), {range.begin, range.count});
  }
  return flat;
}

TEST(Int8Threads, DealsOutStripsByHand) {
  expect_same<std::int64_t>(
      "parts of 100 rows for 2 threads", plan(100, 512, 512, 2), {0, 48, 48, 52},
      {{{0, 50, 50, 50}, "Rows are dealt out in whole strips of 12."},
       {{0, 60, 60, 40}, "Part p begins at strip ⌊p · strips / parts⌋: 9 strips are 4 and 5."},
       {{0, 48, 48, 60}, "The last strip ends at the last row: 108 rows are too many."},
       {{0, 48, 48, 48}, "The last 4 rows are missing: count strips rounded up."},
       {{0, 48, 48, 100}, "A range is where it begins and how many rows, not where it ends."}});
  expect_same<std::int64_t>("parts of 30 rows for 8 threads", plan(30, 2048, 2048, 8),
                            {0, 12, 12, 12, 24, 6}, {},
                            [](auto) { return "no more parts than strips"; });
}

TEST(Int8Threads, SmallProductsStayWhole) {
  expect_same<std::int64_t>(
      "parts of 96 rows of 128 x 128 for 4 threads", plan(96, 128, 128, 4), {0, 96},
      {{{0, 24, 24, 24, 48, 24, 72, 24},
        "1.6 million products are over before a second thread has woken up: kInt8WorthAThread."},
       {{}, "Somebody has to do it: one part at least."}});
  expect_same<std::int64_t>("parts of 96 rows of 256 x 512 for 4 threads", plan(96, 256, 512, 4),
                            {0, 24, 24, 36, 60, 36}, {},
                            [](auto) { return "12,582,912 products are worth three threads"; });
}

TEST(Int8Threads, NothingIsNoParts) {
  expect_same<std::int64_t>("parts of no rows", plan(0, 512, 512, 2), {},
                            {{{0, 0}, "There is nothing to do."}});
}

TEST(Int8Threads, RefusesNonsense) {
  expect_error([] { plan_rows(5, 5, 5, 0); }, "0", "Somebody has to do it.");
  expect_error([] { plan_rows(-1, 5, 5, 1); }, "-1", "A size is 0 or more.");
  expect_error([] { plan_rows(5, 5, -1, 1); }, "-1", "A size is 0 or more.");
  constexpr std::int64_t kHuge = std::int64_t{1} << 32;
  expect_error([] { plan_rows(kHuge, kHuge, 1, 2); }, "4294967296",
               "2⁶⁴ products are more than an int64 counts: checked_product() says so.");
}

TEST(Int8Threads, ByHand) { expect_by_hand(by_threads); }

TEST(Int8Threads, EveryNumberOfThreadsIsThePlainLoop) {
  for (const int threads : {1, 2, 3}) {
    const ManyThreads many(threads);
    expect_plain_loop(by_threads, {1, 13, 61}, {257}, {600});
  }
}

TEST(Int8Threads, RefusesWhatDoesNotFit) {
  const PackedWeights weight = packed_by_hand(codes(8, 3), 2, 4);
  expect_misfits_refused([&](const Codes& x, const Sums& bias, Sums& acc) {
    int8_gemm_parallel(x, weight, bias, acc);
  });
}

}  // namespace
}  // namespace tinytorch::quantization
