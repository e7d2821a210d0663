// Learner tests of part 2: the tile in vector registers.
#include "tinytorch/kernels/acceleration/lane_tile.h"

#include <gtest/gtest.h>

#include "tests/18_acceleration/support.h"
#include "tinytorch/kernels/acceleration/gemm_ladder.h"
#include "tinytorch/kernels/acceleration/lanes.h"
#include "tinytorch/kernels/acceleration/tile_walk.h"

namespace tinytorch::kernels {
namespace {

using teach::expect_same;

Floats product(const Floats& a, const Floats& b, const Sizes& s, Floats c, bool from_zero) {
  const PackedFloats packed = packed_by_hand(b, s.k, s.n);
  const std::size_t size = c.size();
  c.resize(size + 256);  // room for what is written beyond the end
  multiply_block_lanes({{a.data(), s.k, 1}, s.m, packed, 0, s.k, c.data(), from_zero, {0, s.n}});
  c.resize(size);
  return c;
}

// --- 18.4 the tile ---

TEST(LaneTile, OneRowOfOneRegister) {
  // 2 · (1, 2, 3, …) + 10 · (1, 1, 1, …)
  Floats b, expected, first_lane, one_step, second;
  for (std::int64_t j = 0; j < kLanes; ++j) b.push_back(static_cast<float>(j + 1));
  for (std::int64_t j = 0; j < kLanes; ++j) {
    expected.push_back(2 * b[static_cast<std::size_t>(j)] + 10);
    first_lane.push_back(12);
    one_step.push_back(2 * b[static_cast<std::size_t>(j)]);
    second.push_back(10);
  }
  b.insert(b.end(), static_cast<std::size_t>(kLanes), 1.0f);
  expect_same<float>(
      "2 · (1, 2, 3, …) + 10 · (1, 1, 1, …)",
      product({2, 10}, b, {1, kLanes, 2}, Floats(static_cast<std::size_t>(kLanes)), true), expected,
      {{first_lane, "Every lane got the first column: load(), not broadcast() of b."},
       {one_step, "Step 0 only: the loop runs from begin to end, and a and b move on."},
       {second, "The last step only: fma() adds to the sums of the steps before."}});
}

TEST(LaneTile, EveryRowHasItsOwnFactor) {
  const Floats a{1, 10, 100};
  const Floats b(static_cast<std::size_t>(kLanes), 1.0f);
  const auto size = static_cast<std::size_t>(kLanes);
  Floats expected, all_first, shifted;
  for (const float factor : a) {
    expected.insert(expected.end(), size, factor);
    all_first.insert(all_first.end(), size, 1.0f);
  }
  expect_same<float>("rows with factors 1, 10, 100",
                     product(a, b, {3, kLanes, 1}, Floats(3 * size), true), expected,
                     {{all_first, "All rows used row 0 of a: row r is r · row_stride further."}});
}

TEST(LaneTile, EveryColumnHasItsOwnValue) {
  // Eight registers: more than one panel where registers are wide.
  const std::int64_t n = 8 * kLanes;
  Floats b;
  for (std::int64_t j = 0; j < n; ++j) b.push_back(static_cast<float>(j));
  b.insert(b.end(), static_cast<std::size_t>(n), 1000.0f);  // the second step
  Floats expected, one_panel, one_register;
  for (std::int64_t j = 0; j != n; ++j) {
    expected.push_back(static_cast<float>(j) + 1000.0f);
    one_panel.push_back(static_cast<float>(j % kFloatPanel) + 1000.0f);
    one_register.push_back(static_cast<float>(j % kLanes) + 1000.0f);
  }
  expect_same<float>(
      "columns 0, 1, 2, …, plus 1000",
      product({1, 1}, b, {1, n, 2}, Floats(static_cast<std::size_t>(n)), true), expected,
      {{one_register, "Every register was loaded from the tile's first columns."},
       {one_panel, "Register v may lie in a later panel, b.k · 32 values further: ask b_at()."}});
}

TEST(LaneTile, GoesOnFromWhatCHolds) {
  const std::int64_t n = kLanes + 1;
  const auto size = static_cast<std::size_t>(n);
  const Floats before = numbers(n, 6);
  const Floats b(size, 1.0f);
  Floats expected = before;
  for (float& value : expected) value += 2.0f;
  expect_same<float>("2 · 1 on top of c", product({2}, b, {1, n, 1}, before, false), expected,
                     {{Floats(size, 2.0f), "Without from_zero the sums begin with what c holds."}});
  expect_same<float>("2 · 1 from zero", product({2}, b, {1, n, 1}, before, true),
                     Floats(size, 2.0f),
                     {{expected, "from_zero means that what c holds does not count."}});
}

TEST(LaneTile, StaysWithinItsColumns) {
  for (const std::int64_t n : {std::int64_t{1}, kLanes - 1, kLanes + 1, 3 * kLanes - 1}) {
    const Floats b(static_cast<std::size_t>(2 * n), 1.0f);
    // Two rows: what is written behind the first row's end lands in the second.
    Floats c(static_cast<std::size_t>(2 * n + 256), 55.0f);
    const PackedFloats packed = packed_by_hand(Floats(static_cast<std::size_t>(n), 1.0f), 1, n);
    const Floats a{3, 4};
    multiply_block_lanes({{a.data(), 1, 1}, 2, packed, 0, 1, c.data(), true, {0, n}});
    Floats expected(static_cast<std::size_t>(n), 3.0f);
    expected.insert(expected.end(), static_cast<std::size_t>(n), 4.0f);
    expected.insert(expected.end(), 256, 55.0f);
    expect_same<float>(
        "2 rows of " + std::to_string(n) + ", and what lies behind them", c, expected, {},
        [n](std::size_t i) {
          return static_cast<std::int64_t>(i) >= 2 * n
                     ? std::string("beyond the end: store_some() the columns that exist")
                     : "row " + std::to_string(static_cast<std::int64_t>(i) / n);
        });
    if (HasFailure()) return;
  }
}

TEST(LaneTile, RoundsOnceAsTheOtherRungsDo) {
  const float x = 1.0f + 0x1p-12f;
  const Floats b{1, x};
  expect_same<float>("[-(1 + 2^-11), x] · [1, x]",
                     product({-(1.0f + 0x1p-11f), x}, b, {1, 1, 2}, {0}, true), {0x1p-24f},
                     {{{0.0f}, "x · w + sum rounds twice: fma() of lanes.h rounds once."}});
}

TEST(LaneTile, ReadsATransposedA) {
  const Floats stored{1, 4, 2, 5, 3, 6};  // [3, 2]: a is {1, 2, 3; 4, 5, 6}
  const PackedFloats packed = packed_by_hand({1, 10, 100}, 3, 1);
  Floats c(256);  // room for what is written beyond the end
  multiply_block_lanes({{stored.data(), 1, 2}, 2, packed, 0, 3, c.data(), true, {0, 1}});
  c.resize(2);
  expect_same<float>("a transposed a", c, {321, 654},
                     {{{241, 524}, "From step to step a moves on by column_stride, not by 1."}});
}

TEST(LaneTile, MultipliesBlocks) {
  expect_block_products("multiply_block_lanes", multiply_block_lanes);
}

}  // namespace
}  // namespace tinytorch::kernels
