#include "tinytorch/pipeline/gate/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"

namespace tinytorch::pipeline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kEnoughForPercentiles = 6;

void require(std::size_t groups, std::size_t trials, const BootstrapOptions& options) {
  if (groups < kFewestGroups) {
    throw Error(concat("bootstrap: the fixture has ", groups, groups == 1 ? " group" : " groups",
                       ", and an interval needs at least ", kFewestGroups,
                       ": hold out more photographs, clips, chapters or images"));
  }
  if (trials == 0) throw Error("bootstrap: no trials; expected at least one");
  if (options.resamples < 100) {
    throw Error(concat("bootstrap: ", options.resamples, " resamples; choose at least 100"));
  }
  if (!(options.confidence > 0.5 && options.confidence < 1.0)) {
    throw Error(
        concat("bootstrap: confidence must lie between 0.5 and 1, got ", options.confidence));
  }
}

// P(T <= t) for t >= 0: the finite sums of Abramowitz & Stegun, 26.7.3 and 26.7.4.
double student_cdf(std::size_t freedom, double t) {
  const double v = static_cast<double>(freedom);
  const double angle = std::atan(t / std::sqrt(v));
  const double cosine = std::cos(angle);
  const bool odd = freedom % 2 == 1;
  double term = odd ? cosine : 1.0;
  double sum = freedom == 1 ? 0.0 : term;
  for (std::size_t k = odd ? 3 : 2; k + 2 <= freedom; k += 2) {
    const double of = static_cast<double>(k);
    term *= cosine * cosine * (of - 1.0) / of;
    sum += term;
  }
  const double inside =
      odd ? (angle + std::sin(angle) * sum) * 2.0 / std::numbers::pi : std::sin(angle) * sum;
  return 0.5 + 0.5 * inside;
}

// The share of rounds beyond either end.
double tail_of(std::size_t groups, double t) {
  const double n = static_cast<double>(groups);
  return 0.5 * std::erfc(std::sqrt(n / (n - 1.0)) * t / std::numbers::sqrt2);
}

double known(double figure, double otherwise) { return std::isnan(figure) ? otherwise : figure; }

// The ends of what lies between the tails, rounded outwards.
Interval between_tails(std::vector<double> figures, double tail) {
  const auto place = [&](double share) {
    const double last = static_cast<double>(figures.size() - 1);
    return static_cast<std::size_t>(std::clamp(share, 0.0, last));
  };
  const double count = static_cast<double>(figures.size());
  const auto unknown = std::partition(figures.begin(), figures.end(),
                                      [](double figure) { return !std::isnan(figure); });
  std::vector<double> upwards(figures);
  std::fill(upwards.begin() + (unknown - figures.begin()), upwards.end(), kInfinity);
  std::fill(unknown, figures.end(), -kInfinity);
  std::sort(figures.begin(), figures.end());
  std::sort(upwards.begin(), upwards.end());
  return {0.0, figures[place(std::floor(tail * (count + 1.0)) - 1.0)],
          upwards[place(std::ceil((1.0 - tail) * (count + 1.0)) - 1.0)]};
}

// The jackknife's t interval of one trial.
Interval jackknife(std::size_t groups, std::size_t trial, const FigureOf& figure, double t) {
  std::vector<std::uint32_t> times(groups, 1);
  const double whole = figure(trial, times);
  std::vector<double> without(groups);
  double mean = 0.0;
  for (std::size_t g = 0; g < groups; ++g) {
    times[g] = 0;
    without[g] = figure(trial, times);
    times[g] = 1;
    mean += without[g] / static_cast<double>(groups);
  }
  double squares = 0.0;
  for (const double one : without) squares += (one - mean) * (one - mean);
  const double n = static_cast<double>(groups);
  const double reach = t * std::sqrt(squares * (n - 1.0) / n);
  return {whole, known(whole - reach, -kInfinity), known(whole + reach, kInfinity)};
}

}  // namespace

double student_t(std::size_t freedom, double probability) {
  if (freedom < 1 || !(probability >= 0.5 && probability < 1.0)) {
    throw Error(concat("student_t: ", freedom, " degrees of freedom, probability ", probability,
                       "; expected at least 1, and 0.5 to below 1"));
  }
  double low = 0.0;
  double high = 1.0;
  while (student_cdf(freedom, high) < probability && high < 1e15) high *= 2.0;
  for (int step = 0; step < 200 && low < high; ++step) {
    const double middle = 0.5 * (low + high);
    if (middle == low || middle == high) break;
    (student_cdf(freedom, middle) < probability ? low : high) = middle;
  }
  return high;
}

Interval bootstrap(std::size_t groups, std::size_t trials, const FigureOf& figure,
                   const BootstrapOptions& options) {
  require(groups, trials, options);
  Rng rng(options.seed);
  std::vector<std::uint32_t> times(groups);
  std::vector<double> figures(static_cast<std::size_t>(options.resamples));
  for (double& one : figures) {
    std::fill(times.begin(), times.end(), 0u);
    for (std::size_t drawn = 0; drawn < groups; ++drawn) ++times[rng.below(groups)];
    one = figure(rng.below(trials), times);
  }
  const double t = student_t(groups - 1, 1.0 - 0.5 * (1.0 - options.confidence));
  Interval interval = between_tails(std::move(figures), tail_of(groups, t));
  std::fill(times.begin(), times.end(), 1u);
  for (std::size_t trial = 0; trial < trials; ++trial) {
    interval.estimate += figure(trial, times) / static_cast<double>(trials);
    if (groups >= kEnoughForPercentiles) continue;
    const Interval wide = jackknife(groups, trial, figure, t);
    interval.low = std::min(interval.low, wide.low);
    interval.high = std::max(interval.high, wide.high);
  }
  return interval;
}

}  // namespace tinytorch::pipeline
