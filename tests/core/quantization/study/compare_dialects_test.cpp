// What the dialects disagree about, and how far.
#include "tinytorch/quantization/study/compare_dialects.h"

#include <gtest/gtest.h>

#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"

namespace tinytorch::quantization {
namespace {

TEST(CompareDialects, OnPowersOfTwoTiesDisagree) {
  const DialectDifference found =
      compare_dialects({.multiplier = 0x1p-4f, .power_of_two = true, .seed = 3});
  EXPECT_EQ(found.outputs, 52800);
  EXPECT_EQ(found.largest, 1);
  // One sum in 16 lies on a tie, which half of the time has its even neighbour on 0's side; the
  // two roundings of tflite add others.
  EXPECT_GT(found.differing, 52800 / 16 / 4);
  EXPECT_LT(found.differing, 52800 / 16);
}

TEST(CompareDialects, OnOtherScalesFewOutputsDiffer) {
  const DialectDifference found = compare_dialects({.multiplier = 1e-3f, .seed = 3});
  EXPECT_GT(found.differing, 0);
  EXPECT_LT(found.differing, 52800 / 100);
  EXPECT_EQ(found.largest, 1);
}

TEST(CompareDialects, TheSameSeedGivesTheSameCount) {
  EXPECT_EQ(compare_dialects({.seed = 9}).differing, compare_dialects({.seed = 9}).differing);
}

TEST(CompareDialects, RefusesASettingWithoutOutputs) {
  EXPECT_THROW(compare_dialects({.rows = 0}), Error);
  EXPECT_THROW(compare_dialects({.multiplier = 0.0f}), Error);
}

TEST(CompareGolfModes, TheFloorCostsLevelsBelowOne) {
  const GolfComparison small = compare_golf_modes(16, 512, 0.02f, 8, 5);
  EXPECT_LT(small.faithful_levels, 12.0);
  EXPECT_EQ(small.fixed_levels, 127.0);
  EXPECT_GT(small.faithful_error, 5.0 * small.fixed_error);
  // Nearly all codes shrink with the levels; without the floor only those near a border differ,
  // for the clip lies a little below the largest magnitude.
  EXPECT_GT(small.faithful_differing, 0.9);
  EXPECT_GT(small.fixed_differing, 0.0);
  EXPECT_LT(small.fixed_differing, 0.01);
}

TEST(CompareGolfModes, RowsBeyondOneAreTheSameInBothModes) {
  const GolfComparison large = compare_golf_modes(16, 512, 2.0f, 6, 5);
  EXPECT_EQ(large.faithful_levels, 31.0);
  EXPECT_EQ(large.fixed_levels, 31.0);
  EXPECT_EQ(large.faithful_error, large.fixed_error);
  EXPECT_EQ(large.faithful_differing, large.fixed_differing);
}

TEST(GolfRestore, MultipliesCodesWithTheirRowsScale) {
  const GolfTensor stored{{1, -2, 3, 4}, {half_from_float(0.5f), half_from_float(2.0f)}, {}};
  std::vector<float> w(4);
  golf_restore(stored, w);
  EXPECT_EQ(w, (std::vector<float>{0.5f, -1.0f, 6.0f, 8.0f}));
  EXPECT_EQ(golf_levels_used(stored), 3.0);
  std::vector<float> wrong(3);
  EXPECT_THROW(golf_restore(stored, wrong), Error);
}

TEST(GolfRestore, HalvesComeBackAsTheyAre) {
  const GolfTensor stored{{}, {}, {half_from_float(0.1f), half_from_float(-3.0f)}};
  std::vector<float> w(2);
  golf_restore(stored, w);
  EXPECT_EQ(w[0], float_from_half(half_from_float(0.1f)));
  EXPECT_EQ(w[1], -3.0f);
}

}  // namespace
}  // namespace tinytorch::quantization
