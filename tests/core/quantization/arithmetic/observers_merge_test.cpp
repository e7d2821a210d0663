// Observers that saw parts become one that saw everything.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/calibration.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;

// Batches whose sizes differ by orders of magnitude, so that histograms widen in between.
std::vector<Floats> batches() {
  Rng rng(11);
  std::vector<Floats> all;
  for (const float size : {1.0f, 1e-5f, 300.0f, 0.1f, 40.0f}) {
    Floats batch(200);
    for (float& value : batch) value = rng.normal(size / 4.0f, size);
    all.push_back(batch);
  }
  return all;
}

// For each split of the batches: one observer for each part, merged, and one that saw everything.
template <typename Make, typename Compare>
void for_each_split(Make make, Compare compare) {
  const std::vector<Floats> all = batches();
  auto whole = make();
  for (const Floats& batch : all) whole.observe(batch);
  for (std::size_t split = 0; split <= all.size(); ++split) {
    auto first = make();
    auto second = make();
    for (std::size_t i = 0; i < all.size(); ++i) (i < split ? first : second).observe(all[i]);
    first.merge(second);
    compare(first, whole);
  }
}

TEST(Merge, MinMaxIsExact) {
  for_each_split([] { return MinMaxObserver(); },
                 [](const MinMaxObserver& merged, const MinMaxObserver& whole) {
                   EXPECT_EQ(merged.range(), whole.range());
                 });
}

TEST(Merge, HistogramsAreExact) {
  for_each_split([] { return HistogramObserver(full_range(4)); },
                 [](const HistogramObserver& merged, const HistogramObserver& whole) {
                   for (int bin = 0; bin < HistogramObserver::kBins; ++bin) {
                     ASSERT_EQ(merged.bin_count(bin), whole.bin_count(bin)) << bin;
                     ASSERT_EQ(merged.bin_centre(bin), whole.bin_centre(bin)) << bin;
                   }
                   EXPECT_EQ(merged.observed(), whole.observed());
                   EXPECT_EQ(merged.range(), whole.range());
                 });
}

TEST(Merge, EntropyIsExact) {
  for_each_split([] { return EntropyObserver(full_range(4)); },
                 [](const EntropyObserver& merged, const EntropyObserver& whole) {
                   EXPECT_EQ(merged.range(), whole.range());
                 });
}

TEST(Merge, PercentilesAreTheMeanOverAllBatches) {
  for_each_split([] { return PercentileObserver(0.99); },
                 [](const PercentileObserver& merged, const PercentileObserver& whole) {
                   EXPECT_FLOAT_EQ(merged.range().min, whole.range().min);
                   EXPECT_FLOAT_EQ(merged.range().max, whole.range().max);
                 });
}

TEST(Merge, MovingAveragesAreWeightedByBatches) {
  MovingAverageObserver one(0.5f);
  MovingAverageObserver two(0.5f);
  one.observe(Floats{-1, 2});
  for (int i = 0; i < 3; ++i) two.observe(Floats{-5, 10});
  one.merge(two);
  EXPECT_EQ(one.range(), (Range{-4.0f, 8.0f}));  // (2 + 3·10) / 4
}

TEST(Merge, AMovingAverageThatSawNothing) {
  MovingAverageObserver fresh;
  MovingAverageObserver seen;
  seen.observe(Floats{-1, 2});
  seen.merge(fresh);
  EXPECT_EQ(seen.range(), (Range{-1.0f, 2.0f}));
  fresh.merge(seen);
  EXPECT_EQ(fresh.range(), (Range{-1.0f, 2.0f}));
  // It goes on like any other: not as if the next batch were its first.
  fresh.observe(Floats{-1, 12});
  EXPECT_FLOAT_EQ(fresh.range().max, 3.0f);
}

TEST(Merge, RefusesWhatDoesNotBelongTogether) {
  MovingAverageObserver slow(0.1f);
  slow.observe(Floats{1});
  MovingAverageObserver fast(0.5f);
  fast.observe(Floats{1});
  EXPECT_THROW(slow.merge(fast), Error);
  PercentileObserver rare(0.999);
  EXPECT_THROW(rare.merge(PercentileObserver(0.9)), Error);
  HistogramObserver wide(full_range(8));
  EXPECT_THROW(wide.merge(HistogramObserver(full_range(4))), Error);
}

TEST(Merge, TwoKindsDoNotMerge) {
  const std::vector<ObserverKind> kinds{ObserverKind::kMinMax, ObserverKind::kMovingAverage,
                                        ObserverKind::kPercentile, ObserverKind::kHistogram,
                                        ObserverKind::kEntropy};
  for (const ObserverKind one : kinds) {
    for (const ObserverKind two : kinds) {
      const auto mine = make_observer(one, 0.1f, full_range(8));
      const auto theirs = make_observer(two, 0.1f, full_range(8));
      mine->observe(Floats{-1, 2});
      theirs->observe(Floats{-50, 60});
      const Range before = mine->range();
      if (one == two) {
        mine->merge(*theirs);
        EXPECT_NE(mine->range(), before);
      } else {
        EXPECT_ERROR(mine->merge(*theirs), "another kind");
        EXPECT_EQ(mine->range(), before);
      }
    }
  }
}

TEST(Merge, PerChannelIsExact) {
  const std::vector<Floats> all = batches();
  PerChannelObserver whole(4);
  PerChannelObserver first(4);
  PerChannelObserver second(4);
  for (std::size_t i = 0; i < all.size(); ++i) {
    whole.observe(all[i], 2);
    (i < 2 ? first : second).observe(all[i], 2);
  }
  first.merge(second);
  EXPECT_EQ(first.ranges(), whole.ranges());
}

TEST(Merge, AMovingAverageCountsItsBatchesAcrossMerges) {
  MovingAverageObserver one(0.5f);
  one.observe(Floats{0, 4});
  one.observe(Floats{});  // no batch
  MovingAverageObserver two(0.5f);
  two.observe(Floats{0, 8});
  one.merge(two);  // 6, of two batches
  MovingAverageObserver three(0.5f);
  three.observe(Floats{0, 12});
  one.merge(three);
  EXPECT_FLOAT_EQ(one.range().max, 8.0f);  // (2 · 6 + 12) / 3
}

TEST(Merge, NothingAndNothingIsNothing) {
  MinMaxObserver ends;
  ends.merge(MinMaxObserver());
  EXPECT_THROW((void)ends.range(), Error);
  HistogramObserver histogram;
  histogram.merge(HistogramObserver());
  EXPECT_THROW((void)histogram.range(), Error);
  PercentileObserver percentile;
  percentile.merge(PercentileObserver());
  EXPECT_THROW((void)percentile.range(), Error);
}

TEST(EveryObserver, RefusesBadCalibrationDataAndStaysAsItWas) {
  const auto check = [](auto observer) {
    observer.observe(Floats{-1, 2, 3});
    const Range before = observer.range();
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
          -std::numeric_limits<float>::infinity()}) {
      EXPECT_THROW(observer.observe(Floats{-50, bad, 70}), Error);
      EXPECT_EQ(observer.range(), before);
    }
  };
  check(MinMaxObserver());
  check(MovingAverageObserver());
  check(PercentileObserver());
  check(HistogramObserver());
  check(EntropyObserver());
}

TEST(EveryObserver, AConstantChannelSurvives) {
  const auto check = [](auto observer, float value) {
    observer.observe(Floats(5, value));
    const Range range = observer.range();
    EXPECT_LE(range.min, value);
    EXPECT_GE(range.max, value);
  };
  for (const float value : {0.0f, 4.0f, -0.25f}) {
    check(MinMaxObserver(), value);
    check(MovingAverageObserver(), value);
    check(PercentileObserver(), value);
    check(HistogramObserver(), value);
    check(EntropyObserver(), value);
  }
}

}  // namespace
}  // namespace tinytorch::quantization
