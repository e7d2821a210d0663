// Part 2 of module 15: which interval should the codes cover?
#include "tinytorch/quantization/arithmetic/observers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/float_order.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {

// BEGIN SOLUTION 15.6 helper
namespace {

// Throws Error naming the first value of the batch that is not finite.
void refuse(std::span<const float> batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!std::isfinite(batch[i])) {
      throw Error(concat("observe: value ", i, " of the batch is ", batch[i],
                         "; clean the calibration data or find the layer that produced it"));
    }
  }
}

}  // namespace
// END SOLUTION 15.6

// TASK 15.6
void MinMaxObserver::observe(std::span<const float> batch) {
  // Look for NaN and infinity before you change anything; an empty batch changes nothing.
  // The first batch sets the range, later ones widen it. Starting from [0, 0] instead would make
  // 0 part of every range, which is not what was observed.
  // Try it by hand first: {2, 5} then {3} → [2, 5].
  // BEGIN SOLUTION 15.6
  if (batch.empty()) return;
  std::int32_t lowest = float_rank(batch[0]);  // integers; see float_rank for why
  std::int32_t highest = lowest;
  for (const float x : batch) {
    lowest = std::min(lowest, float_rank(x));
    highest = std::max(highest, float_rank(x));
  }
  const Range now{float_of_rank(lowest), float_of_rank(highest)};
  if (!std::isfinite(now.min) || !std::isfinite(now.max)) refuse(batch);
  range_.min = seen_ ? std::min(range_.min, now.min) : now.min;
  range_.max = seen_ ? std::max(range_.max, now.max) : now.max;
  seen_ = true;
  // END SOLUTION 15.6
}

Range MinMaxObserver::range() const {
  // Nothing seen is an Error, not a made-up range.
  // BEGIN SOLUTION 15.6
  if (!seen_) throw Error("range: nothing observed yet; show the observer a batch first");
  return range_;
  // END SOLUTION 15.6
}

// TASK 15.7
void MovingAverageObserver::observe(std::span<const float> batch) {
  // A MinMaxObserver of just this batch gives its range and refuses bad values for you. Count the
  // batch in batches_: the first one is told by it, and so is one that saw nothing.
  // Move the ends in double: from -3e38 to 3e38 is further than a float can say.
  // Try it by hand first: momentum 0.1, max 10 then a batch with max 20 → 10 + 0.1 · 10 = 11.
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

Range MovingAverageObserver::range() const {
  // BEGIN SOLUTION 15.7
  if (batches_ == 0) throw Error("range: nothing observed yet; show the observer a batch first");
  return range_;
  // END SOLUTION 15.7
}

// BEGIN SOLUTION 15.8 helper
namespace {

constexpr std::size_t kLanes = 16;
using Lanes = std::array<std::int32_t, kLanes>;                     // ranks
constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();  // no value at all

void require_finite(float value) {
  if (!std::isfinite(value)) throw Error(concat("quantile_top_k: a value is ", value));
}

// Takes one more rank in; first >= second are the largest so far.
void keep_two(std::int32_t rank, std::int32_t& first, std::int32_t& second) {
  second = std::max(second, std::min(first, rank));
  first = std::max(first, rank);
}

struct TopTwo {
  float first;
  float second;  // means nothing when there is one value only
};

// Of all lanes: the one that holds the highest offers its second, every other one its first.
TopTwo best_of(const Lanes& first, const Lanes& second) {
  std::int32_t highest = first[0];
  for (const std::int32_t rank : first) highest = std::max(highest, rank);
  std::int32_t next = kLowest;
  int holders = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const bool holds = first[lane] == highest;
    holders += holds ? 1 : 0;
    next = std::max(next, holds ? second[lane] : first[lane]);
  }
  return {float_of_rank(highest), float_of_rank(holders > 1 ? highest : next)};
}

// Sixteen streams side by side, each with a top two of its own: all the lanes of a vector have
// work, where a heap looks at one value at a time.
TopTwo top_two(std::span<const float> x) {
  Lanes first;
  Lanes second;
  Lanes last;  // the smallest, which betrays a negative infinity
  first.fill(kLowest);
  second.fill(kLowest);
  last.fill(float_rank(x[0]));
  const auto see = [&](float value, std::size_t lane) {
    keep_two(float_rank(value), first[lane], second[lane]);
    last[lane] = std::min(last[lane], float_rank(value));
  };
  const std::size_t whole = x.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) see(x[i + lane], lane);
  }
  for (std::size_t i = whole; i < x.size(); ++i) see(x[i], i - whole);

  std::int32_t lowest = last[0];
  for (const std::int32_t rank : last) lowest = std::min(lowest, rank);
  const TopTwo top = best_of(first, second);
  require_finite(top.first);
  require_finite(float_of_rank(lowest));
  return top;
}

// A heap of the k largest values, the smallest of them in front.
std::vector<float> k_largest(std::span<const float> x, std::size_t k) {
  std::vector<float> heap;
  heap.reserve(k);
  for (const float value : x) {
    require_finite(value);
    if (heap.size() == k) {
      if (value <= heap.front()) continue;
      std::pop_heap(heap.begin(), heap.end(), std::greater<>());
      heap.back() = value;
    } else {
      heap.push_back(value);
    }
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  }
  return heap;
}

}  // namespace
// END SOLUTION 15.8

// TASK 15.8
float quantile_top_k(std::span<const float> x, double q) {
  // The answer lies between the values of rank lo and lo+1, counted from the smallest. Both are
  // among the k = n - lo largest, so keep only those: a small sorted buffer, or a min-heap
  // (std::push_heap, std::pop_heap). Values below the smallest one kept cost one comparison.
  // Mind q = 1, where there is no value of rank lo+1.
  // Try it by hand first: {4, 1, 3, 2}, q = 0.9 → h = 2.7, lo = 2, k = 2, 3 + 0.7 · 1 = 3.7.
  // BEGIN SOLUTION 15.8
  if (x.empty() || !(q >= 0.0 && q <= 1.0)) {
    throw Error(concat("quantile_top_k: ", x.size(), " values, q = ", q,
                       "; it takes at least one value and a q from 0 to 1"));
  }
  const double h = q * static_cast<double>(x.size() - 1);
  const auto lo = static_cast<std::size_t>(h);
  const std::size_t k = x.size() - lo;
  double at_lo = 0.0;
  double above = 0.0;
  if (k <= 2) {  // a percentile near 1, of thousands of values
    const TopTwo top = top_two(x);
    at_lo = k == 1 ? top.first : top.second;
    above = top.first;
  } else {
    std::vector<float> heap = k_largest(x, k);
    at_lo = heap.front();
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    above = heap.front();
  }
  return static_cast<float>(at_lo + (h - static_cast<double>(lo)) * (above - at_lo));
  // END SOLUTION 15.8
}

// TASK 15.9
Range HistogramObserver::range() const {
  // observed() gives the true ends; bin_centre() and bin_count() the data. Skip empty bins.
  // Extend the ends to contain 0 first: below its smallest value, all-positive data would leave
  // the candidates upside down.
  // Divide ends and centres by unit() first, and multiply the winner by it at the end.
  // Start with the widest candidate and replace it only by a strictly smaller cost.
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
