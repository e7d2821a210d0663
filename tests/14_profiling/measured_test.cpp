// Learner tests of part 3: numbers that were measured.
#include "tinytorch/profiling/measured.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/support/teach.h"

namespace tinytorch::profiling {
namespace {

using teach::expect_error;
using teach::expect_value;
using Samples = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// 1, 2, …, n in shuffled order. Requires n not divisible by 7.
Samples shuffled(int n) {
  Samples samples;
  for (int i = 0; i < n; ++i) samples.push_back(1 + i * 7 % n);
  return samples;
}

// --- 14.8 Measured ---

TEST(Measured, NotMeasuredIsAnErrorAndNoNumber) {
  const Measured bandwidth("memory bandwidth");
  expect_value<std::int64_t>("measured() before set()", bandwidth.measured(), 0);
  expect_error([&] { (void)bandwidth.value(); }, "memory bandwidth: not measured",
               "A 0 here would be plotted, divided by and believed. Say what is missing.");
}

TEST(Measured, HoldsTheLastMeasurement) {
  Measured bandwidth("memory bandwidth");
  bandwidth.set(20.5);
  expect_value<std::int64_t>("measured() after set()", bandwidth.measured(), 1);
  expect_value("value() after set(20.5)", bandwidth.value(), 20.5);
  bandwidth.set(18.25);
  expect_value("value() after set(18.25)", bandwidth.value(), 18.25,
               {{20.5, "A second measurement replaces the first."},
                {38.75, "A second measurement replaces the first; it is not added."}});
}

TEST(Measured, RefusesWhatIsNoMeasurement) {
  Measured peak("peak float throughput");
  expect_error([&] { peak.set(0.0); }, "peak float throughput",
               "A time or a rate of 0 says that the clock did not move: nothing was measured.");
  expect_error([&] { peak.set(-3.5); }, "-3.5", "No time and no rate is negative: name the value.");
  expect_error([&] { peak.set(kNan); }, "nan",
               "Comparisons with NaN are false: ask whether it is finite and above 0, not whether "
               "it is bad.");
  expect_error([&] { peak.set(kInf); }, "inf", "A division by 0 is no measurement either.");
}

TEST(Measured, ARefusedValueLeavesNoTrace) {
  Measured peak("peak float throughput");
  expect_error([&] { peak.set(kNan); }, "peak float throughput", "NaN is no measurement.");
  expect_value<std::int64_t>("measured() after a refused set()", peak.measured(), 0,
                             {{1, "The value was stored before it was looked at."}});
  peak.set(100.0);
  expect_error([&] { peak.set(0.0); }, "peak float throughput", "0 is no measurement.");
  expect_value("value() after set(100) and a refused set(0)", peak.value(), 100.0,
               {{0.0, "The value was stored before it was looked at."}});
}

// --- 14.9 median and percentile ---

TEST(Percentile, TheMedianIsTheMiddle) {
  expect_value("median of {9, 1, 2}", median(Samples{9, 1, 2}), 2.0,
               {{1.0, "Sort first: that is the middle of the order of arrival."},
                {4.0, "That is the mean; one slow call moves it, and not the median."},
                {9.0, "Sort ascending, and take element n / 2 counted from 0."}});
  expect_value("median of {4, 1, 9, 2}", median(Samples{4, 1, 9, 2}), 3.0,
               {{4.0, "An even number of samples has two in the middle: take their mean."},
                {2.0, "An even number of samples has two in the middle: take their mean."},
                {5.0, "Sort first."}});
}

TEST(Percentile, OneSlowCallDoesNotMoveTheMedian) {
  expect_value("median of {100, 101, 102, 103, 10000}", median(Samples{100, 101, 102, 103, 10000}),
               102.0,
               {{2081.2,
                 "That is the mean: the one call that something else interrupted decides "
                 "it. Take the middle."}});
}

TEST(Percentile, IsTheSampleOfTheNearestRank) {
  const Samples samples = {40, 10, 30, 20};
  expect_value("50th percentile of {40, 10, 30, 20}", percentile(samples, 50), 20.0,
               {{30.0, "One too far: rank 2 counted from 1 is element 1 counted from 0."},
                {25.0, "Nothing is interpolated here: a percentile is a time that occurred."},
                {10.0, "One too early, or not sorted: rank 2 of 10, 20, 30, 40 is 20."}});
  expect_value("51st percentile", percentile(samples, 51), 30.0,
               {{20.0, "Round the rank up: at least 51 percent must not be larger."}});
  expect_value("25th percentile", percentile(samples, 25), 10.0);
  expect_value("1st percentile", percentile(samples, 1), 10.0);
  expect_value("100th percentile", percentile(samples, 100), 40.0,
               {{20.0, "Sort first: that is the last to arrive."}});
}

TEST(Percentile, TheNinetiethOfTenIsTheNinth) {
  expect_value("90th percentile of 1 to 10", percentile(shuffled(10), 90), 9.0,
               {{10.0, "One too far: ranks count from 1, elements from 0."},
                {9.1, "Nothing is interpolated here."}});
}

TEST(Percentile, MultipliesBeforeItDivides) {
  expect_value("7th percentile of 1 to 100", percentile(shuffled(100), 7), 7.0,
               {{8.0,
                 "7 / 100 is a little more than 0.07 in binary, and ceil makes a whole rank of "
                 "it: compute p · n / 100 in this order."}});
}

// --- 14.10 summarize ---

TEST(Summarize, GivesMedianAndTail) {
  const Latency latency = summarize(shuffled(100));
  expect_value<std::int64_t>("samples", latency.samples, 100);
  expect_value("median", latency.median.value(), 50.5,
               {{50.0, "That is the 50th percentile; the median of 100 lies between two."},
                {1.0, "That is the fastest: a time that most calls do not reach."}});
  expect_value("p90", latency.p90.value(), 90.0,
               {{99.0, "That is p99."}, {95.0, "That is the 95th percentile."}});
  expect_value(
      "p99", latency.p99.value(), 99.0,
      {{100.0, "That is the largest; the 99th of 100 is not the last."}, {90.0, "That is p90."}});
}

TEST(Summarize, OneSlowCallDoesNotMoveTheMedian) {
  expect_value("median of {100, 101, 102, 103, 10000}",
               summarize(Samples{100, 101, 102, 103, 10000}).median.value(), 102.0,
               {{2081.2,
                 "That is the mean, which one interrupted call has made twenty times too "
                 "large."},
                {100.0, "That is the fastest: a time that most calls do not reach."}});
}

TEST(Summarize, ATailNeedsSamples) {
  const auto measured = [](const Measured& m) { return std::int64_t{m.measured()}; };
  expect_value("p90 measured from 9 samples", measured(summarize(shuffled(9)).p90), 0,
               {{1, "The 90th percentile of 9 samples is just the largest: leave it unmeasured."}});
  expect_value("p90 measured from 10 samples", measured(summarize(shuffled(10)).p90), 1,
               {{0, "From 10 samples on p90 is measured."}});
  expect_value(
      "p99 measured from 99 samples", measured(summarize(shuffled(99)).p99), 0,
      {{1, "The 99th percentile of 99 samples is just the largest: leave it unmeasured."}});
  expect_value("p99 measured from 100 samples", measured(summarize(shuffled(100)).p99), 1,
               {{0, "From 100 samples on p99 is measured."}});
  expect_error([] { (void)summarize(Samples{}); }, "must not be empty",
               "median() refuses an empty list; let its Error through.");
}

}  // namespace
}  // namespace tinytorch::profiling
