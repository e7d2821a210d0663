// Two observers become one: what a split calibration set needs at its end.
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/observers.h"

namespace tinytorch::quantization {

void MinMaxObserver::merge(const MinMaxObserver& other) {
  // The two ends carry all that it knows.
  if (other.seen_) observe(std::array{other.range_.min, other.range_.max});
}

void MovingAverageObserver::merge(const MovingAverageObserver& other, std::int64_t batches,
                                  std::int64_t other_batches) {
  if (momentum_ != other.momentum_) {
    throw Error(concat("MovingAverageObserver: momenta ", momentum_, " and ", other.momentum_,
                       " do not merge"));
  }
  if (batches < 0 || (batches > 0) != seen_ || other_batches < 0 ||
      (other_batches > 0) != other.seen_) {
    throw Error(concat("MovingAverageObserver: merge of ", batches, " and ", other_batches,
                       " batches; pass 0 for an observer that saw nothing, else its count"));
  }
  if (!other.seen_) return;
  const double share = static_cast<double>(other_batches) /
                       (static_cast<double>(batches) + static_cast<double>(other_batches));
  const auto mean = [share](float mine, float theirs) {
    return static_cast<float>((1.0 - share) * double{mine} + share * double{theirs});
  };
  range_ = {mean(range_.min, other.range_.min), mean(range_.max, other.range_.max)};
  seen_ = true;
}

void PercentileObserver::merge(const PercentileObserver& other) {
  if (q_ != other.q_) {
    throw Error(concat("PercentileObserver: percentiles ", q_, " and ", other.q_, " do not merge"));
  }
  batches_ += other.batches_;
  sum_min_ += other.sum_min_;
  sum_max_ += other.sum_max_;
}

void HistogramObserver::merge(const HistogramObserver& other) {
  if (codes_ != other.codes_) {
    throw Error(concat("HistogramObserver: codes of [", codes_.qmin, ", ", codes_.qmax, "] and [",
                       other.codes_.qmin, ", ", other.codes_.qmax, "] do not merge"));
  }
  // Limits are powers of two, so widening the narrower one makes the bins coincide.
  HistogramObserver theirs = other;
  while (limit_ < theirs.limit_) widen();
  while (theirs.limit_ < limit_) theirs.widen();
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) counts_[bin] += theirs.counts_[bin];
  ends_.merge(theirs.ends_);
}

}  // namespace tinytorch::quantization
