#include "milestones/support/paired_interval.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

// P(|T| < t) in closed form (Abramowitz & Stegun, 26.7.3 and 26.7.4).
double probability_within(double t, std::size_t degrees) {
  const double n = static_cast<double>(degrees);
  const double angle = std::atan(t / std::sqrt(n));
  const double square = n / (n + t * t);  // cos² of the angle
  const bool odd = degrees % 2 == 1;
  double term = odd ? std::cos(angle) : 1.0;
  double sum = degrees > 1 ? term : 0.0;
  for (std::size_t k = odd ? 3 : 2; k + 1 < degrees; k += 2) {
    term *= square * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  const double rest = std::sin(angle) * sum;
  return odd ? 2.0 / std::numbers::pi * (angle + rest) : rest;
}

}  // namespace

double student_t95(std::size_t degrees) {
  if (degrees < 1) throw Error("student_t95: degrees of freedom must be at least 1, got 0");
  double low = 1.9;
  double high = 13.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (probability_within(middle, degrees) < 0.95 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

Interval mean_interval(const std::vector<double>& values) {
  if (values.empty()) throw Error("mean_interval: no values");
  const double n = static_cast<double>(values.size());
  Interval result{0.0, std::numeric_limits<double>::infinity(), values.size()};
  for (const double value : values) result.mean += value / n;
  if (values.size() == 1) return result;
  double squares = 0.0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.half = student_t95(values.size() - 1) * std::sqrt(squares / (n - 1.0) / n);
  return result;
}

Interval paired_interval(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) {
    throw Error(concat("paired_interval: ", a.size(), " and ", b.size(), " values are no pairs"));
  }
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  return mean_interval(differences);
}

}  // namespace tinytorch::milestones
