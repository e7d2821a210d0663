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
  throw tinytorch::not_implemented("14.8");
}

double Measured::value() const {
  // Nothing measured is an Error with what_ in it, not a 0.
  throw tinytorch::not_implemented("14.8");
}

bool Measured::measured() const {
  throw tinytorch::not_implemented("14.8");
}

// TASK 14.9
double median(std::span<const double> samples) {
  require_samples("median", samples);
  // Sort a copy: the samples are the caller's.
  // Try it by hand first: {9, 1, 2} → 2; {4, 1, 9, 2} → (2 + 4) / 2.
  throw tinytorch::not_implemented("14.9");
}

double percentile(std::span<const double> samples, double p) {
  require_samples("percentile", samples);
  require_positive("percentile", "p", p);
  require_within("percentile", "p", p, 0.0, 100.0);
  // Ranks count from 1, a vector's elements from 0.
  // Try it by hand first: {10, 20, 30, 40}: p = 25 → rank 1, p = 26 → rank 2, p = 100 → rank 4.
  throw tinytorch::not_implemented("14.9");
}

// TASK 14.10
Latency summarize(std::span<const double> nanoseconds) {
  // Fill a Latency with what was measured, and leave the rest as it is.
  // Try it by hand first: 12 samples: the median and p90, but no p99.
  throw tinytorch::not_implemented("14.10");
}

}  // namespace tinytorch::profiling
