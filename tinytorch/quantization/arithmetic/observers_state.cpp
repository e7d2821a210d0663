// What observers have seen, for checkpoints and for steps that are refused.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::quantization {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Range range_in(const State& state, bool seen) {
  const State::Floats& ends = state.floats("range", 2);
  if (seen && !(std::isfinite(ends[0]) && std::isfinite(ends[1]) && ends[0] <= ends[1])) {
    throw Error(concat("observer: range [", ends[0], ", ", ends[1],
                       "] in its state; expected finite ends in order"));
  }
  return {ends[0], ends[1]};
}

}  // namespace

std::unique_ptr<Observer> MinMaxObserver::clone() const {
  return std::make_unique<MinMaxObserver>(*this);
}

State MinMaxObserver::state() const {
  State state;
  state.add("seen", std::int64_t{seen_});
  state.add("range", State::Floats{range_.min, range_.max});
  return state;
}

void MinMaxObserver::load_state(const State& state) {
  state.require_names_of(this->state());
  const bool seen = state.integer("seen", 0, 1) != 0;
  range_ = range_in(state, seen);
  seen_ = seen;
}

std::unique_ptr<Observer> MovingAverageObserver::clone() const {
  return std::make_unique<MovingAverageObserver>(*this);
}

State MovingAverageObserver::state() const {
  State state;
  state.add("batches", batches_);
  state.add("range", State::Floats{range_.min, range_.max});
  return state;
}

void MovingAverageObserver::load_state(const State& state) {
  state.require_names_of(this->state());
  const std::int64_t batches = state.integer("batches", 0, kMost);
  range_ = range_in(state, batches > 0);
  batches_ = batches;
}

std::unique_ptr<Observer> PercentileObserver::clone() const {
  return std::make_unique<PercentileObserver>(*this);
}

State PercentileObserver::state() const {
  State state;
  state.add("batches", batches_);
  state.add("sums", State::Reals{sum_min_, sum_max_});
  return state;
}

void PercentileObserver::load_state(const State& state) {
  state.require_names_of(this->state());
  const std::int64_t batches = state.integer("batches", 0, kMost);
  const State::Reals& sums = state.reals("sums", 2);
  if (!std::isfinite(sums[0]) || !std::isfinite(sums[1])) {
    throw Error(concat("observer: sums ", sums[0], " and ", sums[1], " in its state"));
  }
  batches_ = batches;
  sum_min_ = sums[0];
  sum_max_ = sums[1];
}

std::unique_ptr<Observer> HistogramObserver::clone() const {
  return std::make_unique<HistogramObserver>(*this);
}

State HistogramObserver::state() const {
  State state;
  state.add("ends", ends_.state());
  state.add("limit", State::Reals{limit_});
  state.add("counts", State::Integers(counts_.begin(), counts_.end()));
  return state;
}

void HistogramObserver::load_state(const State& state) {
  state.require_names_of(this->state());
  const double limit = state.reals("limit", 1).front();
  const State::Integers& counts = state.integers("counts", kBins);
  if (!(limit > 0.0) || !std::isfinite(limit)) {
    throw Error(concat("observer: limit ", limit, " in its state; expected a finite one above 0"));
  }
  if (*std::min_element(counts.begin(), counts.end()) < 0) {
    throw Error("observer: a count in its state is negative");
  }
  ends_.load_state(state.below("ends"));
  limit_ = limit;
  std::copy(counts.begin(), counts.end(), counts_.begin());
}

}  // namespace tinytorch::quantization
