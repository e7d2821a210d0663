// What the milestone prints about saturation, on settings whose answer is known.
#include "tinytorch/quantization/study/compare_saturation.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/quantization/study/saturation.h"

namespace tinytorch::quantization {
namespace {

TEST(CompareSaturation, CountsEveryPairAndSum) {
  const SaturationCost cost = compare_saturation({.rows = 3, .in = 7, .out = 5});
  EXPECT_EQ(cost.pairs, 3 * 5 * 4);
  EXPECT_EQ(cost.sums, 15);
}

TEST(CompareSaturation, ReducedRangeIsExactAndABitCoarser) {
  const SaturationCost full = compare_saturation({.white = 0.5f});
  const SaturationCost reduced = compare_saturation({.white = 0.5f, .weights = reduced_range()});
  EXPECT_GT(full.wrong, 0);
  EXPECT_LT(full.saturating_db, full.exact_db);
  EXPECT_EQ(reduced.saturated, 0);
  EXPECT_EQ(reduced.wrong, 0);
  EXPECT_EQ(reduced.saturating_db, reduced.exact_db);
  EXPECT_LT(reduced.exact_db, full.exact_db);
}

TEST(CompareSaturation, LargerCodesSaturateMoreOften) {
  EXPECT_GT(compare_saturation({.white = 0.9f}).saturated,
            compare_saturation({.white = 0.1f}).saturated);
}

TEST(CompareSaturation, RefusesWhatIsNoLayer) {
  EXPECT_ERROR(compare_saturation({.rows = 0}), "compare_saturation: 0 rows");
  EXPECT_ERROR(compare_saturation({.white = 1.5f}), "white 1.5");
  EXPECT_ERROR(compare_saturation({.weights = {-128, 127}}), "weights -128 to 127");
}

}  // namespace
}  // namespace tinytorch::quantization
