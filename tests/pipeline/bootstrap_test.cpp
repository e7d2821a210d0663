// The interval against closed forms.
#include "tinytorch/pipeline/gate/bootstrap.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::pipeline {
namespace {

std::vector<double> draw(std::size_t count, Rng& rng) {
  std::vector<double> values(count);
  for (double& value : values) value = rng.normal();
  return values;
}

FigureOf mean_of(const std::vector<double>& values) {
  return [&values](std::size_t, std::span<const std::uint32_t> times) {
    double sum = 0.0;
    double count = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += times[i] * values[i];
      count += times[i];
    }
    return sum / count;
  };
}

// Of a normal sample: mean ± t · s / √n.
Interval closed_form(const std::vector<double>& values) {
  double mean = 0.0;
  const double n = static_cast<double>(values.size());
  for (const double value : values) mean += value / n;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double reach = student_t(values.size() - 1, 0.975) * std::sqrt(squares / (n - 1.0) / n);
  return {mean, mean - reach, mean + reach};
}

TEST(Bootstrap, KnowsStudentsDistribution) {
  EXPECT_NEAR(student_t(1, 0.975), 12.7062, 1e-4);
  EXPECT_NEAR(student_t(2, 0.975), 4.30265, 1e-5);
  EXPECT_NEAR(student_t(4, 0.975), 2.77645, 1e-5);
  EXPECT_NEAR(student_t(9, 0.95), 1.83311, 1e-5);
  EXPECT_NEAR(student_t(1000, 0.975), 1.96234, 1e-5);
  EXPECT_NEAR(student_t(7, 0.5), 0.0, 1e-9);
}

TEST(Bootstrap, OfAMeanIsStudentsInterval) {
  Rng rng(11);
  for (const std::size_t n : {12u, 40u, 200u}) {
    const std::vector<double> values = draw(n, rng);
    const Interval exact = closed_form(values);
    const Interval ours = bootstrap(n, 1, mean_of(values), {.resamples = 40'000});
    const double width = exact.high - exact.low;
    EXPECT_NEAR(ours.estimate, exact.estimate, 1e-12);
    EXPECT_NEAR(ours.low, exact.low, 0.05 * width) << n;
    EXPECT_NEAR(ours.high, exact.high, 0.05 * width) << n;
  }
}

// Of 95 in 100 samples the interval holds the truth, few groups or many.
TEST(Bootstrap, CoversTheMeanAsOftenAsItSays) {
  Rng rng(12);
  for (const std::size_t n : {3u, 5u, 8u, 30u}) {
    constexpr int kSamples = 1500;
    int covered = 0;
    for (int sample = 0; sample < kSamples; ++sample) {
      const std::vector<double> values = draw(n, rng);
      const Interval of =
          bootstrap(n, 1, mean_of(values), {.resamples = 1000, .seed = rng.next_u64()});
      covered += of.low <= 0.0 && 0.0 <= of.high;
    }
    EXPECT_GT(covered, 0.93 * kSamples) << n << " groups";
    EXPECT_LT(covered, 0.975 * kSamples) << n << " groups";
  }
}

TEST(Bootstrap, RefusesOneAndTwoGroups) {
  const auto figure = [](std::size_t, std::span<const std::uint32_t>) { return 0.0; };
  EXPECT_ERROR(bootstrap(2, 1, figure), "2 groups, and an interval needs at least 3");
  EXPECT_ERROR(bootstrap(1, 1, figure), "1 group, and");
  EXPECT_ERROR(bootstrap(5, 0, figure), "no trials");
  EXPECT_ERROR(bootstrap(5, 1, figure, {.resamples = 10}), "10 resamples");
  EXPECT_ERROR(bootstrap(5, 1, figure, {.confidence = 1.0}), "confidence");
}

TEST(Bootstrap, DrawsTrialsToo) {
  const auto figure = [](std::size_t trial, std::span<const std::uint32_t>) {
    return trial == 3 ? 1.0 : 0.0;
  };
  const Interval of = bootstrap(50, 20, figure);  // one draw in twenty is bad: it shows
  EXPECT_EQ(of.high, 1.0);
  EXPECT_EQ(of.low, 0.0);
  EXPECT_NEAR(of.estimate, 0.05, 1e-12);
}

TEST(Bootstrap, TakesAFigureWithoutAValueForTheWorst) {
  const auto figure = [](std::size_t trial, std::span<const std::uint32_t>) {
    return trial == 0 ? std::nan("") : 0.0;
  };
  const Interval of = bootstrap(50, 20, figure);
  EXPECT_EQ(of.high, INFINITY);
  EXPECT_EQ(of.low, -INFINITY);
}

}  // namespace
}  // namespace tinytorch::pipeline
