// Which interval should the codes cover? The contract is
// tinytorch/quantization/arithmetic/observers.h.
#include "tinytorch/quantization/arithmetic/observers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/arithmetic/affine.h"
// BEGIN SOLUTION 15.6 helper
#include "tinytorch/core/engine_form.h"
#include "tinytorch/quantization/arithmetic/detail/observe_ends.h"
// END SOLUTION 15.6
// BEGIN SOLUTION 15.8 helper
#include "tinytorch/core/engine_form.h"
#include "tinytorch/quantization/arithmetic/detail/top_two.h"
// END SOLUTION 15.8

namespace tinytorch::quantization {

// TASK 15.6
void MinMaxObserver::observe(std::span<const float> batch) {
  // Throw an Error that names the index if a value is not finite, before you change anything. Then
  // widen range_; the first value ever seen sets both ends (starting from [0, 0] would claim that 0
  // was observed).
  // Try it by hand first: {2, 5} then {3} → [2, 5].
  // BEGIN SOLUTION 15.6
  ENGINE_FORM(if (detail::observe_ends(batch, seen_, range_)) return;)
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (std::isfinite(batch[i])) continue;
    throw Error(concat("observe: value ", i, " of the batch is ", batch[i],
                       "; clean the calibration data or find the layer that produced it"));
  }
  for (const float x : batch) {
    range_.min = seen_ ? std::min(range_.min, x) : x;
    range_.max = seen_ ? std::max(range_.max, x) : x;
    seen_ = true;
  }
  // END SOLUTION 15.6
}

// TASK 15.7
void MovingAverageObserver::observe(std::span<const float> batch) {
  // A MinMaxObserver of this batch alone finds its ends and refuses bad values for you. Count the
  // batch in batches_; the first one sets range_, later ones move it by momentum_. An empty batch
  // changes nothing. Move the ends in double: -3e38 and 3e38 are further apart than a float can
  // say.
  // Try it by hand first: momentum 0.1, max 10, then a batch with max 20 → 10 + 0.1 · 10 = 11.
  // BEGIN SOLUTION 15.7
  if (batch.empty()) return;
  MinMaxObserver ends;
  ends.observe(batch);
  const Range now = ends.range();
  ++batches_;
  if (batches_ == 1) {
    range_ = now;
    return;
  }
  const double min = range_.min + double{momentum_} * (double{now.min} - range_.min);
  const double max = range_.max + double{momentum_} * (double{now.max} - range_.max);
  range_ = {static_cast<float>(min), static_cast<float>(max)};
  // END SOLUTION 15.7
}

// TASK 15.8
float quantile_top_k(std::span<const float> x, double q) {
  require_not_empty("quantile_top_k", "x", x.size());
  require_within("quantile_top_k", "q", q, 0.0, 1.0);
  // BEGIN SOLUTION 15.8 helper
  ENGINE_FORM(if (const auto quantile = detail::quantile_of_top_two(x, q)) return *quantile;)
  // END SOLUTION 15.8
  require_finite("quantile_top_k", "x", x);
  // The answer lies between the values of rank lo and lo + 1, counted from the smallest. Both are
  // among the k = n - lo largest: keep only those, in a min-heap (std::push_heap, std::pop_heap).
  // Mind q = 1, where there is no value of rank lo + 1.
  // Try it by hand first: {4, 1, 3, 2}, q = 0.9 → h = 2.7, lo = 2, k = 2, 3 + 0.7 · (4 - 3) = 3.7.
  // BEGIN SOLUTION 15.8
  const double h = q * static_cast<double>(x.size() - 1);
  const auto lo = static_cast<std::size_t>(h);
  const std::size_t k = x.size() - lo;
  std::vector<float> top;  // a heap of the largest values so far, the smallest of them in front
  for (const float value : x) {
    if (top.size() == k) {
      if (value <= top.front()) continue;
      std::pop_heap(top.begin(), top.end(), std::greater<>());
      top.pop_back();
    }
    top.push_back(value);
    std::push_heap(top.begin(), top.end(), std::greater<>());
  }
  const double at_lo = top.front();
  std::pop_heap(top.begin(), top.end(), std::greater<>());
  const double above = top.front();  // for k = 1 the same value
  return static_cast<float>(at_lo + (h - static_cast<double>(lo)) * (above - at_lo));
  // END SOLUTION 15.8
}

// TASK 15.9
Range HistogramObserver::range() const {
  // observed() gives the true ends, bin_centre() and bin_count() the data. Divide ends and centres
  // by unit(), extend the ends to contain 0, and try every candidate of the header, the widest
  // first; the winner, times unit(), is the answer.
  // Try it by hand first: ends [-1, 10], i = 14 → t = 1.4, the candidate is [-1, 1.4].
  // BEGIN SOLUTION 15.9
  const float unit = this->unit();
  Range ends = observed();
  ends.min = std::min(ends.min / unit, 0.0f);
  ends.max = std::max(ends.max / unit, 0.0f);
  const float largest = std::max(std::abs(ends.min), std::abs(ends.max));
  Range best = ends;
  double best_cost = -1.0;
  for (int i = kCandidates; i >= 1; --i) {
    const float limit = largest * (static_cast<float>(i) / static_cast<float>(kCandidates));
    const Range candidate{std::max(ends.min, -limit), std::min(ends.max, limit)};
    const QParams params = choose_qparams_asymmetric(candidate.min, candidate.max, codes_);
    double cost = 0.0;
    for (int bin = 0; bin < kBins; ++bin) {
      if (bin_count(bin) == 0) continue;
      const float centre = bin_centre(bin) / unit;
      std::int8_t code = 0;
      float back = 0.0f;
      quantize({&centre, 1}, params, codes_, {&code, 1});
      dequantize({&code, 1}, params, {&back, 1});
      const double error = double{centre} - double{back};
      cost += static_cast<double>(bin_count(bin)) * error * error;
    }
    if (best_cost < 0.0 || cost < best_cost) {
      best_cost = cost;
      best = candidate;
    }
  }
  return {best.min * unit, best.max * unit};
  // END SOLUTION 15.9
}

}  // namespace tinytorch::quantization
