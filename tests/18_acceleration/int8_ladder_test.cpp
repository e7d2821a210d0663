// Learner tests of part 7: blocks, packing and threads in int8.
#include "tinytorch/quantization/int8/int8_ladder.h"

#include <gtest/gtest.h>

#include "tests/18_acceleration/int8_support.h"
#include "tests/18_acceleration/many_threads.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_same;
using Ints = std::vector<std::int64_t>;

// What a rung makes of x and weight; acc holds kBefore before.
using Multiply = void (*)(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in,
                          const Sums& bias, Sums& acc);
struct Rung {
  Multiply multiply;
  const char* left_alone;  // what to ask who leaves all sums as they were
};

void by_blocks(const Codes& x, const Codes& weight, std::int64_t, std::int64_t, const Sums& bias,
               Sums& acc) {
  int8_gemm_blocked(x, weight, bias, acc);
}

constexpr Rung kBlocked = {
    by_blocks, "Nothing was written: who does the rows and outputs that make no whole block?"};

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

constexpr Rung kPacked = {
    by_wide_rows, "Nothing was written: who does the outputs that make no whole block of 4?"};

void by_threads(const Codes& x, const Codes& weight, std::int64_t out, std::int64_t in,
                const Sums& bias, Sums& acc) {
  int8_gemm_parallel(x, packed_by_hand(weight, out, in), bias, acc);
}

constexpr Rung kThreads = {by_threads, "Nothing was written: was every part run, and waited for?"};

// 1·3 + 2·4 = 11 and 1·5 + 2·6 = 17, on biases of 10 and 20.
void expect_by_hand(const Rung& rung) {
  Sums acc(2, kBefore);
  rung.multiply({1, 2}, {3, 4, 5, 6}, 2, 2, {10, 20}, acc);
  expect_same<std::int32_t>(
      "acc of x = {1, 2}, weight = {3, 4, 5, 6}", acc, {21, 37},
      {{{11, 17}, "The bias is missing."},
       {{21, 27}, "Every output has a bias of its own: bias[o]."},
       {{23, 36}, "The weight was read down its columns: row o holds the codes of output o."},
       {{18, 32}, "The last step of k is all that is left: add to the sum."},
       {{10, 20}, "Nothing was added to the bias: do the steps of k reach the end of a row?"},
       {{99, 99}, rung.left_alone},
       {{120, 136}, "acc is written, not added to: what it held before does not count."}});
}

void expect_plain_loop(const Rung& rung, const Ints& all_rows, const Ints& all_outputs,
                       const Ints& all_inputs) {
  for (const std::int64_t rows : all_rows) {
    for (const std::int64_t out : all_outputs) {
      for (const std::int64_t in : all_inputs) {
        const Codes x = codes(rows * in, 5), weight = codes(out * in, 6);
        Sums acc(static_cast<std::size_t>(rows * out), kBefore);
        rung.multiply(x, weight, out, in, biases(out), acc);
        expect_same<std::int32_t>(
            "x [" + std::to_string(rows) + ", " + std::to_string(in) + "], weight [" +
                std::to_string(out) + ", " + std::to_string(in) + "]: acc",
            acc, plain(x, weight, out, in, biases(out)), slips(x, weight, out, in, biases(out)),
            row_and_output_of(acc, out));
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

// 100,000 products of 128 · 128 take 31 bits, and those of 127 · 127 none of them zero.
void expect_no_overflow(const Rung& rung) {
  const Codes low(100000, -128), high(100000, 127);
  Sums acc(1);
  rung.multiply(low, low, 1, 100000, {0}, acc);
  expect_same<std::int32_t>("−128 · −128, 100,000 times: acc", acc, {100000 * 128 * 128}, {},
                            [](auto) { return "sums are int32 from the first product on"; });
  rung.multiply(high, high, 1, 100000, {0}, acc);
  expect_same<std::int32_t>("127 · 127, 100,000 times: acc", acc, {100000 * 127 * 127}, {},
                            [](auto) { return "int32 is exact, a float keeps 24 bits"; });
}

// --- 18.10 ---

TEST(Int8Blocked, ByHand) { expect_by_hand(kBlocked); }

TEST(Int8Blocked, EveryShapeIsThePlainLoop) {
  expect_plain_loop(kBlocked, {4, 1, 2, 3, 5, 8, 11}, {4, 1, 2, 3, 5, 8, 11}, {1, 2, 7, 40});
}

TEST(Int8Blocked, LongSumsAreExact) { expect_no_overflow(kBlocked); }

TEST(Int8Blocked, NoRowsAreFine) {
  Sums acc;
  teach::expect_no_error([&] { int8_gemm_blocked({}, Codes(6), Sums(2), acc); },
                         "n = 0 rows give 0 sums.");
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

TEST(Int8Packed, ByHand) { expect_by_hand(kPacked); }

TEST(Int8Packed, EveryShapeIsThePlainLoop) {
  expect_plain_loop(kPacked, {4, 1, 2, 3, 9}, {4, 1, 2, 3, 5, 11}, {1, 31, 32, 33, 100});
}

TEST(Int8Packed, LongSumsAreExact) { expect_no_overflow(kPacked); }

TEST(Int8Packed, WidensItsOwnWeights) {
  const Codes x = codes(3 * 37, 7), weight = codes(6 * 37, 8);
  Sums acc(18);
  int8_gemm_wide(x, widen(weight, 37), biases(6), acc);
  expect_same<std::int32_t>("acc over widen(weight, 37)", acc, plain(x, weight, 6, 37, biases(6)),
                            {}, row_and_output(6));
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
       {{0, 48, 48, 48},
        "The last 4 rows are missing: are strips rounded up, and p · strips multiplied before it "
        "is "
        "divided?"},
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
  expect_same<std::int64_t>(
      "parts of 100 rows of 256 x 512 for 4 threads", plan(100, 256, 512, 4),
      {0, 36, 36, 36, 72, 28},
      {{{0, 24, 24, 24, 48, 24, 72, 28},
        "13,107,200 products are worth 3.1 threads: round down, three are enough."}});
}

TEST(Int8Threads, NothingIsNoParts) {
  expect_same<std::int64_t>("parts of no rows", plan(0, 512, 512, 2), {},
                            {{{0, 0}, "There is nothing to do."}});
}

TEST(Int8Threads, ByHand) { expect_by_hand(kThreads); }

TEST(Int8Threads, EveryNumberOfThreadsIsThePlainLoop) {
  for (const int threads : {1, 2, 3}) {
    const ManyThreads many(threads);
    expect_plain_loop(kThreads, {1, 13, 61}, {257}, {600});
  }
}

}  // namespace
}  // namespace tinytorch::quantization
