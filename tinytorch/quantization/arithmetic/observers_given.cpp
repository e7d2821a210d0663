// The observers' plumbing: what no task of the quantization module asks for.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::quantization {

void require_observed(bool observed) {
  if (!observed) throw Error("range: nothing observed yet; show the observer a batch first");
}

MovingAverageObserver::MovingAverageObserver(float momentum) : momentum_(momentum) {
  if (!(momentum > 0.0f && momentum <= 1.0f)) {
    throw Error(
        concat("MovingAverageObserver: momentum ", momentum, " must be above 0 and at most 1"));
  }
}

Range MinMaxObserver::range() const {
  require_observed(seen_);
  return range_;
}

Range MovingAverageObserver::range() const {
  require_observed(batches_ > 0);
  return range_;
}

PercentileObserver::PercentileObserver(double q) : q_(q) {
  if (!(q > 0.5 && q <= 1.0)) {
    throw Error(concat("PercentileObserver: q ", q, " must be above 0.5 and at most 1"));
  }
}

namespace {

// -quantile_top_k(-x, q): rank h = q · (n - 1) counted from the greatest value lies between the two
// greatest of the k smallest. These k are kept in a heap, the greatest in front.
float quantile_from_below(std::span<const float> x, double q) {
  const double h = q * static_cast<double>(x.size() - 1);
  const auto whole = static_cast<std::size_t>(h);
  const auto k = x.size() - whole;
  std::vector<float> smallest(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(k));
  std::make_heap(smallest.begin(), smallest.end());
  for (const float value : x.subspan(k)) {
    if (value >= smallest.front()) continue;
    std::pop_heap(smallest.begin(), smallest.end());
    smallest.back() = value;
    std::push_heap(smallest.begin(), smallest.end());
  }
  const double upper = smallest.front();
  std::pop_heap(smallest.begin(), smallest.end());
  const double lower = k == 1 ? upper : double{smallest.front()};
  return static_cast<float>(upper - (h - static_cast<double>(whole)) * (upper - lower));
}

}  // namespace

void PercentileObserver::observe(std::span<const float> batch) {
  if (batch.size() == 0) return;
  MinMaxObserver().observe(batch);  // refuses NaN and infinity by their index
  const double max = quantile_top_k(batch, q_);
  const double min = quantile_from_below(batch, q_);
  ++batches_;
  sum_min_ += min;
  sum_max_ += max;
}

Range PercentileObserver::range() const {
  require_observed(batches_ > 0);
  const auto n = static_cast<double>(batches_);
  return {static_cast<float>(sum_min_ / n), static_cast<float>(sum_max_ / n)};
}

void HistogramObserver::observe(std::span<const float> batch) {
  if (batch.size() == 0) return;
  MinMaxObserver seen = ends_;
  seen.observe(batch);  // refuses NaN and infinity before anything is counted
  const auto [lowest, highest] = seen.range();
  ends_ = seen;
  while (limit_ <= std::max(std::abs(double{lowest}), std::abs(double{highest}))) widen();
  const double bins_per_unit = (0.5 * kBins) / limit_;  // exact: a power of two
  for (const float x : batch) {
    const int bin = kBins / 2 + static_cast<int>(std::floor(double{x} * bins_per_unit));
    ++counts_[static_cast<std::size_t>(std::clamp(bin, 0, kBins - 1))];
  }
}

void HistogramObserver::widen() {
  std::array<std::int64_t, kBins> merged{};
  for (int bin = 0; bin < kBins; ++bin) {
    const auto from = static_cast<std::size_t>(bin);
    merged[kBins / 4 + from / 2] += counts_[from];
  }
  counts_ = merged;
  limit_ *= 2.0;
}

std::int64_t HistogramObserver::bin_count(int bin) const {
  if (bin < 0 || bin >= kBins) {
    throw Error(concat("HistogramObserver: bin ", bin, " of ", kBins));
  }
  return counts_[static_cast<std::size_t>(bin)];
}

float HistogramObserver::bin_centre(int bin) const {
  const double width = 2.0 * limit_ / kBins;
  return static_cast<float>(-limit_ + (bin + 0.5) * width);
}

Range HistogramObserver::observed() const { return ends_.range(); }

float HistogramObserver::unit() const {
  const auto [lowest, highest] = observed();
  const float largest = std::max(std::abs(lowest), std::abs(highest));
  return std::isnormal(largest) ? std::ldexp(1.0f, std::ilogb(largest)) : 1.0f;
}

}  // namespace tinytorch::quantization
