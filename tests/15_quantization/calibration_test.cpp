// Learner tests of part 8: an interval for each channel, and what an interval tells.
#include "tinytorch/quantization/arithmetic/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/15_quantization/support.h"
#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_no_error;
using Batch = std::vector<float>;
using Counts = std::vector<double>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Batch ends_of(const PerChannelObserver& observer) {
  Batch ends;
  for (const Range& range : observer.ranges()) {
    ends.push_back(range.min);
    ends.push_back(range.max);
  }
  return ends;
}

teach::Context end_of_channel() {
  return [](std::size_t i) {
    return (i % 2 == 0 ? "min of channel " : "max of channel ") + std::to_string(i / 2);
  };
}

void expect_ends(const std::string& what, const PerChannelObserver& observer, const Batch& expected,
                 const std::vector<teach::Suspicion<float>>& suspicions = {},
                 const teach::Location& where = teach::Location::current()) {
  teach::expect_same<float>(what, ends_of(observer), expected, suspicions, end_of_channel(), where);
}

PerChannelObserver watched(std::int64_t channels, const Batch& batch, std::int64_t inner) {
  PerChannelObserver observer(channels);
  observer.observe(batch, inner);
  return observer;
}

// --- 15.28 PerChannelObserver ---

TEST(PerChannelObserver, FindsTheChannelOfEveryValue) {
  // Two rows of a linear layer: (1, 5) and (-2, 7).
  expect_ends(
      "rows of 2 channels", watched(2, {1, 5, -2, 7}, 1), {-2, 1, 5, 7},
      {{{1, 5, -2, 7},
        "Each row was taken for a channel. With inner = 1 the channels take turns: value k belongs "
        "to channel (k / inner) % channels."},
       {{-2, 1, 0, 7},
        "0 was never observed in channel 1: each channel's first value sets its range, and seen_ "
        "turns true when the batch is done, not before."},
       {{-2, 7, -2, 7}, "Both channels have the range of the whole batch."}});
  // The same numbers as a weight: channel 0 is (1, 5), channel 1 is (-2, 7).
  expect_ends("a weight of 2 channels", watched(2, {1, 5, -2, 7}, 2), {1, 5, -2, 7},
              {{{-2, 1, 5, 7},
                "inner was not used: with inner = 2 the first two values belong to channel 0."}});
  // Two images, 2 channels of 1 × 2 pixels: channel 0 has 1, 2 and 5, 6.
  expect_ends("two images of 2 channels", watched(2, {1, 2, 3, 4, 5, 6, 7, 8}, 2), {1, 6, 3, 8},
              {{{1, 2, 3, 4}, "Only the first image was looked at."},
               {{1, 2, 3, 8},
                "The channel of a value is (k / inner) % channels: after the last channel of one "
                "image comes the first of the next."}});
}

TEST(PerChannelObserver, LaterBatchesWiden) {
  PerChannelObserver observer(2);
  observer.observe(Batch{2, -5}, 1);
  observer.observe(Batch{4, -3, 3, -9}, 1);
  expect_ends(
      "after two batches", observer, {2, 4, -9, -3},
      {{{3, 4, -9, -3}, "Only the last batch is left: widen the ranges, do not replace them."},
       {{0, 4, -9, 0}, "0 was never observed: each channel's first value sets its range."},
       {{2, 2, -5, -5}, "The ranges stopped after the first batch."}});
}

TEST(PerChannelObserver, EachChannelHasAFirstValueOfItsOwn) {
  expect_ends(
      "channels far from 0", watched(3, {7, -7, 3}, 1), {7, 7, -7, -7, 3, 3},
      {{{7, 7, -7, 0, 0, 3},
        "Only channel 0 took its first value as it was; the others started from 0. seen_ turns "
        "true when the batch is done."},
       {{0, 7, -7, 0, 0, 3}, "0 was never observed: each channel's first value sets its range."}});
}

TEST(PerChannelObserver, AConstantChannelIsFine) {
  expect_ends("a channel of 4s", watched(2, {4, 1, 4, 2}, 1), {4, 4, 1, 2});
}

TEST(PerChannelObserver, RefusesNanAndInfinityAndStaysAsItWas) {
  PerChannelObserver observer(2);
  observer.observe(Batch{1, 2}, 1);
  expect_error(
      [&] {
        observer.observe(Batch{9, 9, 9, kNan}, 1);
      },
      "channel 1",
      "Every comparison with NaN is false, so it would slip through; name its channel.");
  expect_error(
      [&] {
        observer.observe(Batch{9, 9, -kInf, 9}, 1);
      },
      "channel 0", "One infinity would make every other code of its channel 0; name the channel.");
  expect_ends("after refused batches", observer, {1, 1, 2, 2},
              {{{1, 9, 2, 9},
                "Part of a refused batch was kept: check all of it before changing anything."}});
}

TEST(PerChannelObserver, RefusesShapesThatDoNotDivide) {
  PerChannelObserver two(2);
  two.observe(Batch{1, 2, 3, 4}, 1);  // these do
  PerChannelObserver observer(3);
  expect_error(
      [&] {
        observer.observe(Batch{1, 2, 3, 4}, 1);
      },
      "[outer, 3, 1]", "Given: 4 values are not rows of 3 channels.");
  PerChannelObserver four(4);
  expect_error(
      [&] {
        four.observe(Batch{1, 2, 3, 4}, std::int64_t{1} << 62);
      },
      "[outer, 4", "Given: 4 · 2^62 is 0 in 64 bits, and still not the number of values.");
}

TEST(PerChannelObserver, AnEmptyBatchChangesNothing) {
  PerChannelObserver observer(3);
  expect_no_error([&] { observer.observe(Batch{}, 1); }, "An empty batch changes nothing.");
  expect_error([&] { (void)observer.ranges(); }, "nothing observed",
               "After nothing but an empty batch there are still no ranges.");
}

TEST(PerChannelObserver, TwoHalvesAreTheWhole) {
  Rng rng(28);
  Batch all(60);
  for (float& value : all) value = rng.normal(1.0f, 2.0f);
  const Batch first(all.begin(), all.begin() + 24);
  const Batch second(all.begin() + 24, all.end());
  PerChannelObserver merged = watched(3, first, 2);
  const PerChannelObserver other = watched(3, second, 2);
  merged.merge(other);
  expect_ends(
      "two halves merged", merged, ends_of(watched(3, all, 2)),
      {{ends_of(other), "merge took the other's ranges and forgot its own."},
       {ends_of(watched(3, first, 2)), "merge changed nothing: widen by the other's ranges."}});
}

TEST(PerChannelObserver, OneThatSawNothingAddsNothing) {
  PerChannelObserver observer = watched(2, {3, -4}, 1);
  observer.merge(PerChannelObserver(2));
  expect_ends("merged with one that saw nothing", observer, {3, 3, -4, -4},
              {{{0, 3, -4, 0},
                "The other had seen nothing, and its ranges of [0, 0] were taken for observations: "
                "return when !other.seen_."}});
  PerChannelObserver fresh(2);
  expect_no_error(
      [&] {
        fresh.merge(observer);
        expect_ends("a fresh observer after a merge", fresh, {3, 3, -4, -4},
                    {{{0, 3, -4, 0},
                      "This observer had seen nothing, and its ranges of [0, 0] were taken for "
                      "observations: take the other's as they are."}});
      },
      "After merging what another has seen, seen_ is true.");
}

// --- 15.29 kl_divergence, entropy_range ---

void expect_divergence(const std::string& what, const Counts& p, const Counts& q, double expected,
                       const std::vector<std::pair<double, std::string>>& suspicions = {},
                       const teach::Location& where = teach::Location::current()) {
  const double got = kl_divergence(p, q);
  if (got == expected || std::abs(got - expected) < 1e-6) return;
  std::string message =
      what + " is " + teach::show(got) + ", expected " + teach::show(expected) + " ± 1e-6";
  for (const auto& [value, says] : suspicions) {
    if (got == value || std::abs(got - value) < 1e-6 || (std::isnan(got) && std::isnan(value))) {
      message += "\n" + says;
    }
  }
  teach::report(where, message);
}

TEST(EntropyRange, DivergenceOfCountsByHand) {
  // P = (½, ¼, 0, ¼), Q = (⅜, ⅜, 0, ¼): ½ ln(4/3) + ¼ ln(2/3) + ¼ ln 1.
  expect_divergence(
      "D of (4, 2, 0, 2) and (3, 3, 0, 2)", {4, 2, 0, 2}, {3, 3, 0, 2}, 0.0424749,
      {{0.0612781, "That is in bits: use std::log, the natural logarithm."},
       {0.3397981, "The counts were not divided by their sums."},
       {0.0441686, "That is D(q‖p): the weights in front of the logarithms are those of p."},
       {-0.0424749, "The fraction is upside down: ln(P / Q)."},
       {std::nan(""), "0 · ln(0 / 0) is NaN: a p of 0 has no term, skip it."}});
  // P = (½, ½), Q = (¾, ¼).
  expect_divergence("D of (1, 1) and (30, 10)", {1, 1}, {30, 10}, 0.1438410,
                    {{0.1307961, "That is D(q‖p): the weights in front are those of p."},
                     {-2.8518912, "p and q have sums of their own: divide each by its own."}});
}

TEST(EntropyRange, DivergenceIsZeroForTheSameAndInfiniteForTheImpossible) {
  expect_divergence("D of (2, 6) and (1, 3)", {2, 6}, {1, 3}, 0.0);
  expect_divergence("D of (1, 1) and (2, 0)", {1, 1}, {2, 0},
                    std::numeric_limits<double>::infinity(),
                    {{-0.3465736,
                      "A q of 0 under a p that is not: what q calls impossible did "
                      "happen, and that costs infinitely much. Skip p = 0 only."}});
  expect_divergence("D of (2, 0) and (1, 1)", {2, 0}, {1, 1}, 0.6931472);
}

TEST(EntropyRange, DivergenceIsOfCounts) {
  (void)kl_divergence(Counts{1, 2}, Counts{1, 1});  // these are
  const auto refused = [](const Counts& p, const Counts& q, const char* fragment) {
    expect_error([&] { (void)kl_divergence(p, q); }, fragment, "Given: see calibration_guards.h.");
  };
  refused({1, 2}, {1}, "equal, got 2 and 1");
  refused({1, -2}, {1, 1}, "p[1] must be finite and at least 0, got -2");
  refused({1, 1}, {1, std::nan("")}, "q[1] must be finite");
  refused({0, 0}, {1, 1}, "the sum of p must be positive");
}

HistogramObserver histogram_of(const Batch& x) {
  HistogramObserver observer;
  observer.observe(x);
  return observer;
}

// A triangle of values over [-1, 1], its peak at 0: count(k) falls from 60 to 0.
Batch triangle() {
  Batch x;
  for (int k = -60; k <= 60; ++k) {
    for (int count = 60 - std::abs(k); count > 0; --count) {
      x.push_back(static_cast<float>(k) / 60.0f);
    }
  }
  return x;
}

TEST(EntropyRange, GivesUpAnOutlierForFinerSteps) {
  // 3,600 values in [-1, 1] and an 8. Sixteen codes over [-0.98, 8] leave two or three to the
  // triangle; over [-0.98, 1.12] it has all of them, and one value in 3,601 is clipped.
  Batch x = triangle();
  x.push_back(8.0f);
  const Range seen = histogram_of(x).observed();
  const auto t = [](int i) { return 8.0f * (static_cast<float>(i) / 100.0f); };
  expect_range(
      "range of a triangle in [-1, 1] and an 8, 4 bits",
      entropy_range(histogram_of(x), full_range(4)), {seen.min, t(14)},
      {{seen,
        "Nothing was clipped: values that share a code share their counts evenly in q, and "
        "that is what coarse steps cost."},
       {{-t(12), t(12)},
        "Too much was clipped, as if that were free: q must not contain what lies outside, save in "
        "its last cell."}});
}

TEST(EntropyRange, PilesUpWhatItClips) {
  // Twenty values at 3 are too many to give up, but only if they are missed.
  Batch x = triangle();
  x.insert(x.end(), 20, 3.0f);
  const HistogramObserver histogram = histogram_of(x);
  const Range seen = histogram.observed();
  const auto t = [](int i) { return 3.0f * (static_cast<float>(i) / 100.0f); };
  expect_range(
      "range of a triangle in [-1, 1] and twenty 3s, 4 bits",
      entropy_range(histogram, full_range(4)), seen,
      {{{seen.min, t(40)},
        "The clipped values are missing from p: add those above to its last bin inside, those "
        "below to its first. q stays as it is."},
       {{seen.min, t(33)},
        "The bin that holds 3 counted as outside even of [-1, 3]: its centre lies above 3, but it "
        "begins at 3. Inside is |centre| - width / 2 <= t."},
       {{seen.min, t(42)},
        "Too much was clipped, as if that were free: q must not contain what lies outside, save in "
        "its last cell."}});
}

TEST(EntropyRange, ChargesForWhatItClips) {
  // A triangle without outliers, eight bits: nothing is gained by clipping.
  const HistogramObserver histogram = histogram_of(triangle());
  expect_range("range of a triangle, 8 bits", entropy_range(histogram, full_range(8)),
               histogram.observed(), {});
}

// Behind a ReLU: a third of the values are exactly 0, the others thin out evenly up to 1.
Batch with_zeros() {
  Batch x(1500, 0.0f);
  for (int i = 0; i < 3000; ++i)
    x.push_back(1.0f - std::sqrt((static_cast<float>(i) + 0.5f) / 3000.0f));
  return x;
}

TEST(EntropyRange, ZerosHaveACodeToThemselves) {
  const HistogramObserver histogram = histogram_of(with_zeros());
  const Range seen = histogram.observed();
  expect_range("range behind a ReLU, 4 bits", entropy_range(histogram, full_range(4)), seen,
               {{{0.0f, seen.max * (96.0f / 100.0f)},
                 "The zeros were smeared over the bins that share their code, and shorter steps "
                 "seemed to pay: the bin [0, width) keeps its own count."}});
}

TEST(EntropyRange, PositiveDataKeepsRoomForZero) {
  Batch x;
  for (int i = 2000; i <= 6000; ++i) x.push_back(static_cast<float>(i) / 1000.0f);
  Range range;
  expect_no_error([&] { range = entropy_range(histogram_of(x), full_range(8)); },
                  "For t below 2 nothing lies inside: pass such a candidate over. And extend [min, "
                  "max] to contain 0 first, or the candidate is upside down.");
  if (::testing::Test::HasFailure()) return;
  expect_range("range of data in [2, 6]", range, {0.0f, 6.0f},
               {{{2.0f, 6.0f}, "The interval that is searched contains 0: extend it first."}});
}

TEST(EntropyRange, ATieKeepsTheWiderInterval) {
  // 1e-42 lies in the bin of 0 and below the smallest scale, so every candidate costs the same.
  expect_range("range of {0, 1e-42}", entropy_range(histogram_of(Batch{0.0f, 1e-42f}), {}),
               {0.0f, 1e-42f},
               {{{0.0f, 1e-42f * 0.01f},
                 "Among equals the narrowest candidate won: start from the widest and replace it "
                 "only by a strictly smaller cost."}});
  expect_range("range of zeros", entropy_range(histogram_of(Batch{0.0f, 0.0f}), {}), {0.0f, 0.0f});
}

TEST(EntropyRange, HasNoRangeBeforeItHasSeenAValue) {
  expect_error([] { (void)entropy_range(HistogramObserver(), full_range(8)); }, "nothing observed",
               "There is nothing to search: observed() says so for you.");
}

}  // namespace
}  // namespace tinytorch::quantization
