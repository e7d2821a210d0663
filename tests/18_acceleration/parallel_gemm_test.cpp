// Learner tests of part 4: rectangles for several cores.
#include "tinytorch/kernels/acceleration/parallel_gemm.h"

#include <gtest/gtest.h>

#include "tests/18_acceleration/many_threads.h"
#include "tests/18_acceleration/support.h"

namespace tinytorch::kernels {
namespace {

using teach::expect_same;
using Ints = std::vector<std::int64_t>;

constexpr std::int64_t kDeep = 1 << 20;  // steps enough for any number of threads

// {row, rows, first column, end column} of every part, one after the other.
Ints plan(std::int64_t m, std::int64_t n, std::int64_t k, int threads) {
  Ints flat;
  for (const GemmPart& part : plan_parts(m, n, k, threads)) {
    flat.insert(flat.end(), {part.row, part.rows, part.columns.begin, part.columns.end});
  }
  return flat;
}

// --- 18.6 ---

TEST(ParallelGemm, CutsRowsByHand) {
  expect_same<std::int64_t>(
      "parts of 100 x 64 for 2 threads", plan(100, 64, kDeep, 2), {0, 48, 0, 64, 48, 52, 0, 64},
      {{{0, 50, 0, 64, 50, 50, 0, 64}, "Rows are dealt out in whole strips of 12."},
       {{0, 60, 0, 64, 60, 40, 0, 64},
        "Part p takes units from ⌊p · units / parts⌋ on: 9 strips are 4 and 5."},
       {{0, 48, 0, 64, 48, 60, 0, 64}, "The last strip ends at row m: 108 rows are too many."},
       {{0, 48, 0, 64, 48, 48, 0, 64}, "The last 4 rows are missing: count strips rounded up."},
       {{0, 100, 0, 32, 0, 100, 32, 64},
        "There are more strips than panels, so rows are cut here."}});
}

TEST(ParallelGemm, CutsColumnsByHand) {
  expect_same<std::int64_t>(
      "parts of 8 x 100 for 2 threads", plan(8, 100, kDeep, 2), {0, 8, 0, 64, 0, 8, 64, 100},
      {{{0, 8, 0, 100}, "One strip and four panels: there are more panels, cut the columns."},
       {{0, 8, 0, 64, 0, 8, 64, 128}, "The last panel ends at column n: there are 100."},
       {{0, 8, 0, 50, 0, 8, 50, 100}, "Columns are dealt out in whole panels of 32."}});
}

TEST(ParallelGemm, EqualSidesAreCutByRows) {
  expect_same<std::int64_t>(
      "parts of 24 x 64 for 2 threads", plan(24, 64, kDeep, 2), {0, 12, 0, 64, 12, 12, 0, 64},
      {{{0, 24, 0, 32, 0, 24, 32, 64}, "Two strips and two panels: when equal, rows are cut."}});
}

TEST(ParallelGemm, NeverMorePartsThanUnits) {
  expect_same<std::int64_t>("parts of 20 x 5 for 8 threads", plan(20, 5, kDeep, 8),
                            {0, 12, 0, 5, 12, 8, 0, 5});
}

TEST(ParallelGemm, SmallProductsStayWhole) {
  expect_same<std::int64_t>(
      "parts of 64 x 64 x 64 for 4 threads", plan(64, 64, 64, 4), {0, 64, 0, 64},
      {{{0, 12, 0, 64, 12, 24, 0, 64, 36, 12, 0, 64, 48, 16, 0, 64},
        "262,144 multiply-adds are over before a second thread has woken up: kWorthAThread."}});
  expect_same<std::int64_t>("parts of 128 x 128 x 128 for 4 threads", plan(128, 128, 128, 4),
                            {0, 60, 0, 128, 60, 68, 0, 128}, {},
                            [](auto) { return "worth two threads, however many there are"; });
}

TEST(ParallelGemm, NothingIsNoParts) {
  expect_same<std::int64_t>("parts of 0 x 5", plan(0, 5, 5, 2), {},
                            {{{0, 0, 0, 5}, "There is nothing to do."}});
  expect_same<std::int64_t>("parts of 5 x 0", plan(5, 0, 5, 2), {});
  expect_same<std::int64_t>(
      "parts of 5 x 4 with k = 0", plan(5, 4, 0, 2), {0, 5, 0, 4},
      {{{}, "Sums of nothing are zeros, and somebody must write them: one part."}});
}

void expect_product(const Sizes& s, int threads, bool accumulate) {
  const ManyThreads many(threads);
  const Floats a = normals(s.m * s.k, 7), b = normals(s.k * s.n, 8);
  const Floats before = numbers(s.m * s.n, 9);
  const PackedFloats packed = packed_by_hand(b, s.k, s.n);
  Floats c = before;
  gemm_parallel({a.data(), s.k, 1}, s.m, packed, c.data(), accumulate);
  const Floats expected = accumulate ? plain_product(a, b, s, before) : plain_product(a, b, s);
  Floats other = accumulate ? plain_product(a, b, s) : plain_product(a, b, s, before);
  expect_same<float>(
      "c on " + std::to_string(threads) + " threads", c, expected,
      {{other, "`accumulate` was not passed on as it is."}, {before, "Nothing was written to c."}},
      place_in(s));
}

TEST(ParallelGemm, RowsAreThePlainLoop) {
  for (const int threads : {1, 2, 3}) expect_product({156, 40, 400}, threads, false);
}
TEST(ParallelGemm, ColumnsAreThePlainLoop) {
  for (const int threads : {1, 2, 3}) expect_product({7, 320, 1100}, threads, false);
}
TEST(ParallelGemm, Accumulates) {
  expect_product({156, 40, 400}, 2, true);
  expect_product({7, 320, 1100}, 2, true);
}

}  // namespace
}  // namespace tinytorch::kernels
