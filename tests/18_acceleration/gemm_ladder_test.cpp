// Learner tests of part 1: scalar, blocked, packed.
#include "tinytorch/kernels/acceleration/gemm_ladder.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/18_acceleration/support.h"

namespace tinytorch::kernels {
namespace {

using teach::expect_same;

using Rung = void (*)(std::span<const float>, std::span<const float>, std::span<float>,
                      std::int64_t, std::int64_t, std::int64_t);

Floats run(Rung rung, const Floats& a, const Floats& b, const Sizes& s) {
  Floats c(static_cast<std::size_t>(s.m * s.n), 99.0f);
  rung(a, b, c, s.m, s.n, s.k);
  return c;
}

void expect_by_hand(const char* who, Rung rung) {
  // 1·7 + 2·9 + 3·11 = 58
  expect_same<float>(
      who, run(rung, {1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}, {2, 2, 3}), {58, 64, 139, 154},
      {{{33, 36, 66, 72}, "Only the last product is there: the sum must go on from step to step."},
       {{51, 56, 111, 122}, "The first step of k is missing."},
       {{25, 28, 73, 82}, "The last step of k is missing."},
       {{50, 68, 122, 167}, "b was read as if it were transposed: b[p, j] is at p · n + j."},
       {{89, 98, 116, 128}, "a was read as if it were transposed: a[i, p] is at i · k + p."},
       {{157, 163, 238, 253},
        "What was in c before was added to; this product starts from zero."}});
}

void expect_single_rounding(const char* who, Rung rung) {
  expect_same<float>(
      std::string(who) + " of [1, 2^-24, -1] · [1, 1, 1]",
      run(rung, {1, 0x1p-24f, -1}, {1, 1, 1}, {1, 1, 3}), {0.0f},
      {{{0x1p-24f},
        "Added up in another order, or in double: every rung is one chain of floats in the order "
        "of k, so that all agree bit for bit."}});
  const float x = 1.0f + 0x1p-12f;  // x · x = 1 + 2^-11 + 2^-24 is one bit too long for a float
  expect_same<float>(
      std::string(who) + " of [-(1 + 2^-11), x] · [1, x]",
      run(rung, {-(1.0f + 0x1p-11f), x}, {1, x}, {1, 1, 2}), {0x1p-24f},
      {{{0.0f}, "x · x was rounded before it was added: std::fma rounds once, at the end."}});
}

void expect_sizes(const char* who, Rung rung, const std::vector<Sizes>& sizes) {
  for (const Sizes& s : sizes) {
    const Floats a = normals(s.m * s.k, 1);
    const Floats b = normals(s.k * s.n, 2);
    const Floats got = run(rung, a, b, s);
    const Floats expected = plain_product(a, b, s);
    Floats later(expected.size(), 99.0f);
    expect_same<float>(std::string(who) + ": c", got, expected,
                       {{later, "Nothing was written to c."}}, place_in(s));
    if (testing::Test::HasFailure()) return;
  }
}

// --- 18.1 one output after the other ---

TEST(GemmScalar, ByHand) { expect_by_hand("gemm_scalar", gemm_scalar); }
TEST(GemmScalar, RoundsOnceInTheOrderOfK) { expect_single_rounding("gemm_scalar", gemm_scalar); }
TEST(GemmScalar, EveryShape) {
  expect_sizes("gemm_scalar", gemm_scalar, {{1, 1, 1}, {3, 5, 4}, {5, 3, 7}, {1, 9, 2}, {8, 1, 8}});
}
TEST(GemmScalar, NoStepsMakeZeros) {
  expect_same<float>("gemm_scalar with k = 0", run(gemm_scalar, {}, {}, {2, 2, 0}), {0, 0, 0, 0},
                     {{{99, 99, 99, 99}, "A sum of nothing is 0, and it must be written too."}});
}

// --- 18.2 block after block ---

TEST(GemmBlocked, ByHand) { expect_by_hand("gemm_blocked", gemm_blocked); }
TEST(GemmBlocked, RoundsOnceInTheOrderOfK) { expect_single_rounding("gemm_blocked", gemm_blocked); }
TEST(GemmBlocked, EveryShape) {
  expect_sizes("gemm_blocked", gemm_blocked, {{1, 1, 1}, {3, 5, 4}, {5, 3, 7}, {1, 9, 2}});
}
TEST(GemmBlocked, SumsGoOnFromBlockToBlock) {
  // One block of k and a little more: all ones, so that each sum counts its steps.
  const std::int64_t k = kBlockDepth + 3;
  const Floats ones(static_cast<std::size_t>(k), 1.0f);
  const auto steps = static_cast<float>(k);
  expect_same<float>(
      "gemm_blocked of " + std::to_string(k) + " ones", run(gemm_blocked, ones, ones, {1, 1, k}),
      {steps},
      {{{3.0f}, "c was cleared again for the second block of k: clear it once, before all blocks."},
       {{static_cast<float>(kBlockDepth)}, "The last block, smaller than the others, is missing."},
       {{99.0f + steps}, "c was never cleared."}});
}
TEST(GemmBlocked, BlocksOnEveryBorder) {
  expect_sizes("gemm_blocked", gemm_blocked,
               {{2, kBlockColumns, kBlockDepth},
                {3, kBlockColumns + 1, kBlockDepth + 1},
                {2, 2 * kBlockColumns + 7, 5},
                {2, 3, 2 * kBlockDepth - 1}});
}
TEST(GemmBlocked, NoStepsMakeZeros) {
  expect_same<float>("gemm_blocked with k = 0", run(gemm_blocked, {}, {}, {2, 2, 0}), {0, 0, 0, 0},
                     {{{99, 99, 99, 99}, "A sum of nothing is 0, and it must be written too."}});
}

// --- 18.3 panels ---

Floats panel_of(const StridedFloats& b, std::int64_t k, std::int64_t width) {
  Floats panel(static_cast<std::size_t>(k * kFloatPanel), 77.0f);
  pack_panel(b, k, width, panel.data());
  return panel;
}

// A panel row by row, each row given by what its columns begin with.
Floats rows_of(const std::vector<Floats>& rows, float rest = 0.0f) {
  Floats panel;
  for (Floats row : rows) {
    row.resize(static_cast<std::size_t>(kFloatPanel), rest);
    panel.insert(panel.end(), row.begin(), row.end());
  }
  return panel;
}

TEST(PackedRung, PacksByHand) {
  const Floats b{1, 2, 3, 4, 5, 6};  // [2, 3]
  expect_same<float>("panel of {1, 2, 3; 4, 5, 6}", panel_of({b.data(), 3, 1}, 2, 3),
                     rows_of({{1, 2, 3}, {4, 5, 6}}),
                     {{rows_of({{1, 2, 3}, {4, 5, 6}}, 77.0f),
                       "Columns beyond the width hold what was there before; they must be 0, since "
                       "the tiles multiply them too."},
                      {rows_of({{1, 4}, {2, 5}}), "The panel was stored column by column."}});
  expect_same<float>("first two of three columns", panel_of({b.data(), 3, 1}, 2, 2),
                     rows_of({{1, 2}, {4, 5}}),
                     {{rows_of({{1, 2}, {3, 4}}),
                       "The next row of b is row_stride further, however narrow the panel."}});
}

TEST(PackedRung, PacksATranspose) {
  const Floats stored{1, 4, 2, 5, 3, 6};  // [3, 2]; its transpose is {1, 2, 3; 4, 5, 6}
  expect_same<float>("panel of a transpose", panel_of({stored.data(), 1, 2}, 2, 3),
                     rows_of({{1, 2, 3}, {4, 5, 6}}),
                     {{rows_of({{1, 4, 2}, {4, 2, 5}}),
                       "Columns of a transpose are column_stride apart, not neighbours."},
                      {rows_of({{1, 2, 3}, {2, 3, 6}}), "Rows are row_stride apart."}});
}

TEST(PackedRung, PacksAWholePanel) {
  Floats b(static_cast<std::size_t>(3 * 40));
  std::iota(b.begin(), b.end(), 1.0f);
  const Floats got = panel_of({b.data(), 40, 1}, 3, 32);
  Floats expected;
  for (std::ptrdiff_t row = 0; row < 3; ++row) {
    expected.insert(expected.end(), b.begin() + row * 40, b.begin() + row * 40 + 32);
  }
  expect_same<float>("32 of 40 columns", got, expected);
}

TEST(PackedRung, MultipliesByHand) {
  const Floats a{1, 2, 3, 4, 5, 6}, b{7, 8, 9, 10, 11, 12};
  const PackedFloats packed = packed_by_hand(b, 3, 2);
  Floats c(4, 99.0f);
  multiply_block_panels({{a.data(), 3, 1}, 2, packed, 0, 3, c.data(), true, {0, 2}});
  expect_same<float>("from zero", c, {58, 64, 139, 154},
                     {{{157, 163, 238, 253}, "from_zero was ignored: c's old values were added."},
                      {{99, 99, 99, 99}, "Two rows, fewer than kSumRows, were left out."}});
  multiply_block_panels({{a.data(), 3, 1}, 2, packed, 0, 3, c.data(), false, {0, 2}});
  expect_same<float>("once more, on top", c, {116, 128, 278, 308},
                     {{{58, 64, 139, 154}, "Without from_zero the sums go on from what c holds."}});
}

TEST(PackedRung, MultipliesBlocks) {
  expect_block_products("multiply_block_panels", multiply_block_panels);
}

}  // namespace

// Rows 1 … of a larger a, steps [begin, end), columns [begin, end) of a larger c.
void expect_block_products(const std::string& who, BlockKernel kernel) {
  const Sizes whole{15, 170, 20};
  const Floats a = normals(whole.m * whole.k, 3);
  const Floats b = normals(whole.k * whole.n, 4);
  const PackedFloats packed = packed_by_hand(b, whole.k, whole.n);
  const Floats before = numbers(whole.m * whole.n, 5);
  const auto index = [](std::int64_t at) { return static_cast<std::size_t>(at); };
  for (const std::int64_t rows : {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 15}) {
    for (const Columns columns : {Columns{0, 170}, {0, 32}, {32, 64}, {64, 170}, {160, 170}}) {
      for (const bool from_zero : {true, false}) {
        const std::int64_t begin = from_zero ? 0 : 7, end = from_zero ? 7 : 20;
        Floats c = before;
        c.resize(c.size() + 256, 7.0f);  // room for what is written beyond the end
        kernel({{a.data(), whole.k, 1}, rows, packed, begin, end, c.data(), from_zero, columns});
        const Floats beyond(c.end() - 256, c.end());
        expect_same<float>(who + ": what lies behind c", beyond, Floats(256, 7.0f));
        c.resize(before.size());
        Floats expected = before;
        Floats from_nothing = before, all_steps = before;
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t j = columns.begin; j != columns.end; ++j) {
            const auto chain = [&](float sum, std::int64_t first, std::int64_t last) {
              for (std::int64_t i = first; i < last; ++i) {
                sum = std::fma(a[index(r * whole.k + i)], b[index(i * whole.n + j)], sum);
              }
              return sum;
            };
            const std::size_t at = index(r * whole.n + j);
            const float start = from_zero ? 0.0f : before[at];
            expected[at] = chain(start, begin, end);
            from_nothing[at] = chain(from_zero ? before[at] : 0.0f, begin, end);
            all_steps[at] = chain(start, 0, whole.k);
          }
        }
        expect_same<float>(
            who + ", rows [0, " + std::to_string(rows) + "), columns [" +
                std::to_string(columns.begin) + ", " + std::to_string(columns.end) + "), steps [" +
                std::to_string(begin) + ", " + std::to_string(end) +
                (from_zero ? "), from zero: c" : "), on top of c: c"),
            c, expected,
            {{from_nothing, from_zero ? "from_zero means that what c holds does not count."
                                      : "Without from_zero the sums go on from what c holds."},
             {all_steps, "The block asks for the steps [begin, end) of k, not for all."},
             {before, "Nothing was written to c."}},
            place_in(whole));
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

}  // namespace tinytorch::kernels
