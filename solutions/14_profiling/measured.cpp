// Part 3 of module 14: numbers that were measured.
#include "tinytorch/profiling/measured.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::profiling {

// TASK 14.8
void Measured::set(double value) {
  // Look before you store: a refused value must leave no trace. NaN is neither > 0 nor <= 0.
  // Try it by hand first: set(2), then set(0) throws, and value() is still 2.
  // BEGIN SOLUTION 14.8
  if (!(std::isfinite(value) && value > 0.0)) {
    throw Error(concat(what_, ": ", value, " is no measurement; expected a finite number above 0"));
  }
  value_ = value;
  // END SOLUTION 14.8
}

double Measured::value() const {
  // Nothing measured is an Error with what_ in it, not a 0.
  // BEGIN SOLUTION 14.8
  if (!value_) throw Error(concat(what_, ": not measured; measure it before you use it"));
  return *value_;
  // END SOLUTION 14.8
}

bool Measured::measured() const {
  // BEGIN SOLUTION 14.8
  return value_.has_value();
  // END SOLUTION 14.8
}

// BEGIN SOLUTION 14.9 helper
namespace {

std::vector<double> sorted(std::span<const double> samples) {
  std::vector<double> ascending(samples.begin(), samples.end());
  std::sort(ascending.begin(), ascending.end());
  return ascending;
}

}  // namespace
// END SOLUTION 14.9

// TASK 14.9
double median(std::span<const double> samples) {
  require_samples("median", samples);
  // Sort a copy: the samples are the caller's.
  // Try it by hand first: {9, 1, 2} → 2; {4, 1, 9, 2} → (2 + 4) / 2.
  // BEGIN SOLUTION 14.9
  const std::vector<double> ascending = sorted(samples);
  const std::size_t middle = ascending.size() / 2;
  if (ascending.size() % 2 == 1) return ascending[middle];
  return std::midpoint(ascending[middle - 1], ascending[middle]);
  // END SOLUTION 14.9
}

double percentile(std::span<const double> samples, double p) {
  require_samples("percentile", samples);
  require_positive("percentile", "p", p);
  require_within("percentile", "p", p, 0.0, 100.0);
  // Ranks count from 1, a vector's elements from 0.
  // Try it by hand first: {10, 20, 30, 40}: p = 25 → rank 1, p = 26 → rank 2, p = 100 → rank 4.
  // BEGIN SOLUTION 14.9
  const std::vector<double> ascending = sorted(samples);
  const double rank = std::max(1.0, std::ceil(p * static_cast<double>(ascending.size()) / 100.0));
  return ascending[static_cast<std::size_t>(rank) - 1];
  // END SOLUTION 14.9
}

// TASK 14.10
Latency summarize(std::span<const double> nanoseconds) {
  // Fill a Latency with what was measured, and leave the rest as it is.
  // Try it by hand first: 12 samples: the median and p90, but no p99.
  // BEGIN SOLUTION 14.10
  Latency latency;
  latency.samples = static_cast<std::int64_t>(nanoseconds.size());
  latency.median.set(median(nanoseconds));
  if (latency.samples >= 10) latency.p90.set(percentile(nanoseconds, 90.0));
  if (latency.samples >= 100) latency.p99.set(percentile(nanoseconds, 99.0));
  return latency;
  // END SOLUTION 14.10
}

}  // namespace tinytorch::profiling
