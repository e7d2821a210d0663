// Learner tests of observers.cpp: which interval should the codes cover?
#include "tinytorch/quantization/arithmetic/observers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/15_quantization/support.h"
#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_no_error;
using teach::expect_value;
using Batch = std::vector<float>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// --- 15.6 MinMaxObserver ---

TEST(MinMaxObserver, RemembersTheEndsOfAllBatches) {
  MinMaxObserver observer;
  observer.observe(Batch{2.0f, 5.0f});
  observer.observe(Batch{3.0f});
  expect_range(
      "range of {2, 5}, {3}", observer.range(), {2.0f, 5.0f},
      {{{2.0f, 2.0f}, "Only the first value of the batch was looked at."},
       {{0.0f, 5.0f},
        "0 was never observed. Let the first value set the range; choose_qparams_asymmetric "
        "makes room for 0 later."},
       {{3.0f, 3.0f}, "Only the last batch is left: widen the range, do not replace it."}});
  observer.observe(Batch{-1.0f, 9.0f});
  expect_range("range after {-1, 9}", observer.range(), {-1.0f, 9.0f},
               {{{2.0f, 5.0f}, "The range stopped after the first batch; later ones widen it."}});
}

TEST(MinMaxObserver, NegativeDataHasANegativeMaximum) {
  MinMaxObserver observer;
  observer.observe(Batch{-4.0f, -2.0f});
  expect_range(
      "range of {-4, -2}", observer.range(), {-4.0f, -2.0f},
      {{{-4.0f, 0.0f}, "0 was never observed: start from the first value, not from 0."},
       {{-4.0f, std::numeric_limits<float>::min()},
        "numeric_limits<float>::min() is the smallest *positive* float, not the lowest."}});
}

TEST(MinMaxObserver, AnEmptyBatchChangesNothing) {
  MinMaxObserver observer;
  observer.observe(Batch{1.0f, 2.0f});
  expect_no_error([&] { observer.observe(Batch{}); }, "An empty batch is no mistake: skip it.");
  expect_range("range of {1, 2}, {}", observer.range(), {1.0f, 2.0f});
}

TEST(MinMaxObserver, RefusesNanAndInfinityAndStaysAsItWas) {
  MinMaxObserver observer;
  observer.observe(Batch{1.0f, 2.0f});
  expect_error(
      [&] {
        observer.observe(Batch{7.0f, kNan});
      },
      "1", "Every comparison with NaN is false, so it would slip through; name its index.");
  expect_error(
      [&] {
        observer.observe(Batch{kInf, 7.0f});
      },
      "0", "One infinity would make every other code 0; name its index.");
  expect_range("range after refused batches", observer.range(), {1.0f, 2.0f},
               {{{1.0f, 7.0f},
                 "Part of a refused batch was kept: check all of it before changing anything."}});
}

// --- 15.7 MovingAverageObserver ---

TEST(MovingAverageObserver, TheFirstBatchSetsTheRange) {
  MovingAverageObserver observer(0.25f);
  observer.observe(Batch{-2.0f, 8.0f});
  expect_range("range after one batch", observer.range(), {-2.0f, 8.0f},
               {{{-0.5f, 2.0f},
                 "The average started from [0, 0], so the first batches count too little: let the "
                 "first batch set the range."}});
}

TEST(MovingAverageObserver, LaterBatchesMoveItByTheMomentum) {
  MovingAverageObserver observer(0.25f);
  observer.observe(Batch{-2.0f, 8.0f});
  observer.observe(Batch{-6.0f, 16.0f});
  expect_range(
      "range after the second batch", observer.range(), {-3.0f, 10.0f},
      {{{-5.0f, 14.0f},
        "The momentum is on the wrong side: here it is the weight of the *new* batch "
        "(PyTorch's averaging_constant)."},
       {{0.0f, 10.0f}, "The lower end followed the upper one: min moves towards batch_min."},
       {{-3.5f, 12.0f}, "The new batch was added to the average without taking it off first."},
       {{-6.0f, 16.0f}, "That is min-max; average instead."},
       {{-4.0f, 12.0f}, "That is the plain mean; weight the new batch with the momentum."}});
  observer.observe(Batch{-3.0f, 10.0f});
  expect_range("range after a batch equal to it", observer.range(), {-3.0f, 10.0f});
}

TEST(MovingAverageObserver, TheRangeMayShrink) {
  MovingAverageObserver observer(0.5f);
  observer.observe(Batch{-4.0f, 4.0f});
  observer.observe(Batch{-1.0f, 2.0f});
  expect_range("range after a smaller batch", observer.range(), {-2.5f, 3.0f},
               {{{-4.0f, 4.0f}, "The average only grew: a smaller batch pulls it in."}});
}

TEST(MovingAverageObserver, RefusesBadBatchesAndEmptyOnesChangeNothing) {
  MovingAverageObserver observer(0.5f);
  observer.observe(Batch{-4.0f, 4.0f});
  expect_no_error([&] { observer.observe(Batch{}); },
                  "An empty batch is no mistake: return before you ask it for its range.");
  expect_error(
      [&] {
        observer.observe(Batch{0.0f, kNan});
      },
      "1", "NaN would stay in the average forever.");
  expect_range("range after them", observer.range(), {-4.0f, 4.0f});
}

// --- 15.8 quantile_top_k ---

TEST(QuantileTopK, InterpolatesBetweenNeighbours) {
  expect_value(
      "quantile of {4, 1, 3, 2} at 0.9", quantile_top_k(Batch{4, 1, 3, 2}, 0.9), 3.7f,
      {{4.0f, "That is the nearest rank above; interpolate between ranks 2 and 3."},
       {3.0f, "That is the rank below; interpolate between ranks 2 and 3."},
       {3.6999998f, "Computed in float: take h and the interpolation in double, round once."},
       {3.6f, "h is q · (n - 1) = 2.7, not q · n - 1 = 2.6."},
       {2.7f,
        "That lies between ranks 1 and 2: one value too many was kept. The k = n - lo = 2 "
        "largest are enough, and their smallest has rank lo."},
       {1.9f,
        "The front of the heap was the largest value kept, not the smallest: push_heap and "
        "pop_heap need std::greater to make a min-heap."}});
  expect_value("quantile of {0, 10} at 0.25", quantile_top_k(Batch{0, 10}, 0.25), 2.5f);
}

TEST(QuantileTopK, TheEndsAreTheExtremes) {
  expect_value("quantile at 1", quantile_top_k(Batch{5, -7, 2}, 1.0), 5.0f,
               {{2.0f, "At q = 1 there is no rank above: the answer is the largest value itself."},
                {7.0f, "That is a quantile of magnitudes; the values keep their signs."}});
  expect_value("quantile at 0", quantile_top_k(Batch{5, -7, 2}, 0.0), -7.0f);
  expect_value("quantile of one value", quantile_top_k(Batch{3}, 0.3), 3.0f);
}

TEST(QuantileTopK, KeepsDuplicates) {
  // Sorted: 1 5 5 5 5; h = 0.8 · 4 = 3.2, between two fives.
  expect_value("quantile of {5, 5, 1, 5, 5} at 0.8", quantile_top_k(Batch{5, 5, 1, 5, 5}, 0.8),
               5.0f,
               {{1.0f, "Equal values each have a rank of their own; a set drops them."},
                {1.8f, "Equal values each have a rank of their own; a set drops them."},
                {4.2f, "Equal values each have a rank of their own; a set drops them."}});
}

// The squares 0, 1, 4, …, 4000² in shuffled order: the value of rank r is r².
Batch shuffled_squares() {
  Batch x;
  for (int i = 0; i < 4001; ++i) {
    const int r = i * 7919 % 4001;  // 4001 is prime: every rank turns up once
    x.push_back(static_cast<float>(r * r));
  }
  return x;
}

TEST(QuantileTopK, IsExactAmongThousandsOfValues) {
  const Batch x = shuffled_squares();
  // h = 0.9999 · 4000 = 3999.6: 3999² + 0.6 · (4000² - 3999²) = 15992001 + 0.6 · 7999.
  expect_value(
      "quantile of 0², …, 4000² at 0.9999", quantile_top_k(x, 0.9999), 15996800.0f,
      {{16000000.0f, "That is the largest value: a percentile that never clips is a maximum."},
       {15992001.0f, "That is the rank below; interpolate."},
       {15996801.0f,
        "h was computed in float, which has no room for 3999.6: take q · (n - 1) and the "
        "interpolation in double, and round once at the end."}});
  expect_value("quantile of 0², …, 4000² at 0.5", quantile_top_k(x, 0.5), 4000000.0f);
  // Halfway between 0² and 1²: here all the values must be kept.
  expect_value("quantile of 0², …, 4000² at 0.000125", quantile_top_k(x, 0.000125), 0.5f);
}

// --- 15.9 HistogramObserver::range ---

// Values spread evenly over [-1, 1], and one outlier.
Batch with_outlier(float outlier) {
  Batch x{outlier};
  for (int i = -5000; i <= 5000; ++i) x.push_back(static_cast<float>(i) / 5000.0f);
  return x;
}

TEST(HistogramObserver, KeepsEvenlySpreadDataWhole) {
  HistogramObserver observer;
  observer.observe(with_outlier(1.0f));
  const Range range = observer.range();
  if (range.max >= 0.97f && range.min <= -0.97f) return;
  teach::report(
      teach::Location::current(),
      "even data in [-1, 1] was cut to [" + teach::show(range.min) + ", " + teach::show(range.max) +
          "]; clipping costs more than it gains here\nValues outside a candidate must be "
          "charged too, with their distance to its end, and squared, or errors of opposite "
          "sign cancel.");
}

TEST(HistogramObserver, PositiveDataKeepsRoomForZero) {
  // Values spread evenly over [2, 6], as a layer with a large bias gives them.
  HistogramObserver observer;
  Batch x;
  for (int i = 2000; i <= 6000; ++i) x.push_back(static_cast<float>(i) / 1000.0f);
  observer.observe(x);
  Range range;
  expect_no_error([&] { range = observer.range(); },
                  "For t below 2 the candidate [max(min, -t), min(max, t)] is upside down unless "
                  "[min, max] was first extended to contain 0.");
  if (::testing::Test::HasFailure()) return;
  expect_range(
      "range of data in [2, 6]", range, {0.0f, 6.0f},
      {{{2.0f, 6.0f},
        "The interval that is searched contains 0, since the codes will: extend it first."},
       {{-6.0f, 6.0f},
        "The candidates were [-t, t]: the other end never leaves what was observed, or half "
        "of the codes stand where no value is."}});
}

TEST(HistogramObserver, GivesUpOneOutlierForFinerSteps) {
  // 4 bits over [-1, 10] leave steps of 0.73 for the 10 001 values in [-1, 1]; their rounding error
  // dwarfs what clipping a single 10 would cost. At t = 1.4 the steps are 0.16: 10 001 · 0.16² / 12
  // = 21 for rounding and (10 - 1.44)² = 73 for the outlier, 94 in all; 1.2 costs 96 and 1.6 97.
  HistogramObserver observer(full_range(4));
  observer.observe(with_outlier(10.0f));
  expect_range("range", observer.range(), {-1.0f, 1.4f},
               {{{-1.0f, 10.0f},
                 "Nothing was clipped. Weigh the squared error of every bin by its count, and let "
                 "the smallest sum win."},
                {{-1.0f, 10.0f * 0.96f},
                 "Every bin counted alike, the one with a single value as much as the full ones: "
                 "multiply each squared error by bin_count."},
                {{-1.0f, 1.0f},
                 "The errors were not squared: by its plain distance the lone 10 hardly weighs."}});
}

TEST(HistogramObserver, ClipsBothSidesAtOneMagnitude) {
  HistogramObserver observer(full_range(3));
  Batch x = with_outlier(20.0f);
  x.push_back(-30.0f);
  observer.observe(x);
  const Range range = observer.range();
  if (range.min != -range.max || range.max > 3.0f) {
    teach::report(teach::Location::current(),
                  "outliers at -30 and 20 around data in [-1, 1] gave [" + teach::show(range.min) +
                      ", " + teach::show(range.max) +
                      "]; a candidate cuts both ends at the same magnitude t");
  }
}

TEST(HistogramObserver, ATieKeepsTheWiderInterval) {
  // 1e-40 is far below the width of a bin and of the smallest scale, so every candidate costs the
  // same.
  HistogramObserver observer;
  observer.observe(Batch{0.0f, 1e-40f});
  expect_range("range of {0, 1e-40}", observer.range(), {0.0f, 1e-40f},
               {{{0.0f, 1e-40f * 0.01f},
                 "Among equals the narrowest candidate won: start from the widest and replace it "
                 "only by a strictly smaller cost."}});
}

}  // namespace
}  // namespace tinytorch::quantization
