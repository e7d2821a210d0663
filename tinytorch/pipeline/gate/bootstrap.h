#pragma once
// A confidence interval for any figure of a fixture, by drawing the fixture again and again.
//
// What is drawn are groups, never rows: rows of one photograph resemble each other, and a thousand
// of them say little more about the next photograph than one does.
//
// Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13 (percentile
// interval); Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician
// 69(4), 2015, §5.1 (expanded for few groups).

#include <cstdint>
#include <functional>
#include <span>

namespace tinytorch::pipeline {

struct Interval {
  double estimate = 0.0;
  double low = 0.0;
  double high = 0.0;
  bool operator==(const Interval&) const = default;
};

struct BootstrapOptions {
  int resamples = 10'000;
  double confidence = 0.95;
  std::uint64_t seed = 0;
};

// Below this a bootstrap is refused: from one or two groups nobody can tell how groups differ.
inline constexpr std::size_t kFewestGroups = 3;

// A figure of trial `trial` on a fixture in which group g occurs times[g] times.
using FigureOf = std::function<double(std::size_t trial, std::span<const std::uint32_t> times)>;

// Trials are what else might have come out otherwise: draws of the calibration set, training seeds.
// Each of `resamples` rounds draws `groups` groups with replacement and one trial, both evenly; the
// interval holds the rounds' figures but for the tails a/2, with
//     a/2 = Φ(-√(n / (n - 1)) · t(n - 1, 1 - (1 - confidence) / 2)),  n = groups
// so that for a mean it is mean ± t · s/√n, and not too short as the plain percentiles are. With
// fewer than 6 groups no round reaches as far as the truth may lie; there it is widened to
// the jackknife's estimate ± t · se of each trial. The estimate is the mean over the trials, each
// group once. A figure that is NaN counts as being as high as can be, and as low: +-infinity.
// Throws Error on fewer than kFewestGroups groups, no trials, fewer than 100 resamples, and a
// confidence outside (0.5, 1).
Interval bootstrap(std::size_t groups, std::size_t trials, const FigureOf& figure,
                   const BootstrapOptions& options = {});

// The value that Student's t with `freedom` >= 1 degrees of freedom stays below with `probability`,
// 0.5 <= probability < 1.  t(4, 0.975) = 2.776
double student_t(std::size_t freedom, double probability);

}  // namespace tinytorch::pipeline
