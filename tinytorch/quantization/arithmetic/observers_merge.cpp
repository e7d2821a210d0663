// Two observers become one: what a split calibration set needs at its end.
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/calibration.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::quantization {
namespace {

template <typename Kind>
const Kind& same_kind(const Observer& other, const char* kind) {
  const auto* same = dynamic_cast<const Kind*>(&other);
  if (same == nullptr) {
    throw Error(concat(kind, ": merge with another kind of observer; both must be ", kind, "s"));
  }
  return *same;
}

}  // namespace

void MinMaxObserver::merge(const Observer& other) {
  // The two ends carry all that it knows.
  const auto& theirs = same_kind<MinMaxObserver>(other, "MinMaxObserver");
  if (theirs.seen_) observe(std::array{theirs.range_.min, theirs.range_.max});
}

void MovingAverageObserver::merge(const Observer& other) {
  const auto& theirs = same_kind<MovingAverageObserver>(other, "MovingAverageObserver");
  if (momentum_ != theirs.momentum_) {
    throw Error(concat("MovingAverageObserver: momenta ", momentum_, " and ", theirs.momentum_,
                       " do not merge"));
  }
  if (theirs.batches_ == 0) return;
  const auto batches = static_cast<double>(batches_ + theirs.batches_);
  const double share = static_cast<double>(theirs.batches_) / batches;
  const auto mean = [share](float mine, float of_theirs) {
    return static_cast<float>((1.0 - share) * double{mine} + share * double{of_theirs});
  };
  range_ = {mean(range_.min, theirs.range_.min), mean(range_.max, theirs.range_.max)};
  batches_ += theirs.batches_;
}

void PercentileObserver::merge(const Observer& other) {
  const auto& theirs = same_kind<PercentileObserver>(other, "PercentileObserver");
  if (q_ != theirs.q_) {
    throw Error(
        concat("PercentileObserver: percentiles ", q_, " and ", theirs.q_, " do not merge"));
  }
  batches_ += theirs.batches_;
  sum_min_ += theirs.sum_min_;
  sum_max_ += theirs.sum_max_;
}

void HistogramObserver::merge(const Observer& other) {
  HistogramObserver theirs = same_kind<HistogramObserver>(other, "HistogramObserver");
  if (codes_ != theirs.codes_) {
    throw Error(concat("HistogramObserver: codes of [", codes_.qmin, ", ", codes_.qmax, "] and [",
                       theirs.codes_.qmin, ", ", theirs.codes_.qmax, "] do not merge"));
  }
  // Limits are powers of two, so widening the narrower one makes the bins coincide.
  while (limit_ < theirs.limit_) widen();
  while (theirs.limit_ < limit_) theirs.widen();
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) counts_[bin] += theirs.counts_[bin];
  ends_.merge(theirs.ends_);
}

void EntropyObserver::merge(const Observer& other) {
  histogram_.merge(same_kind<EntropyObserver>(other, "EntropyObserver").histogram_);
}

}  // namespace tinytorch::quantization
