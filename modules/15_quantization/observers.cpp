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

// TASK 15.6
void MinMaxObserver::observe(std::span<const float> batch) {
  // Look for NaN and infinity before you change anything; an empty batch changes nothing.
  // The first batch sets the range, later ones widen it. Starting from [0, 0] instead would make
  // 0 part of every range, which is not what was observed.
  // Try it by hand first: {2, 5} then {3} → [2, 5].
  throw tinytorch::not_implemented("15.6");
}

Range MinMaxObserver::range() const {
  // Nothing seen is an Error, not a made-up range.
  throw tinytorch::not_implemented("15.6");
}

// TASK 15.7
void MovingAverageObserver::observe(std::span<const float> batch) {
  // A MinMaxObserver of just this batch gives its range and refuses bad values for you. Count the
  // batch in batches_: the first one is told by it, and so is one that saw nothing.
  // Move the ends in double: from -3e38 to 3e38 is further than a float can say.
  // Try it by hand first: momentum 0.1, max 10 then a batch with max 20 → 10 + 0.1 · 10 = 11.
  throw tinytorch::not_implemented("15.7");
}

Range MovingAverageObserver::range() const {
  throw tinytorch::not_implemented("15.7");
}

// TASK 15.8
float quantile_top_k(std::span<const float> x, double q) {
  // The answer lies between the values of rank lo and lo+1, counted from the smallest. Both are
  // among the k = n - lo largest, so keep only those: a small sorted buffer, or a min-heap
  // (std::push_heap, std::pop_heap). Values below the smallest one kept cost one comparison.
  // Mind q = 1, where there is no value of rank lo+1.
  // Try it by hand first: {4, 1, 3, 2}, q = 0.9 → h = 2.7, lo = 2, k = 2, 3 + 0.7 · 1 = 3.7.
  throw tinytorch::not_implemented("15.8");
}

// TASK 15.9
Range HistogramObserver::range() const {
  // observed() gives the true ends; bin_centre() and bin_count() the data. Skip empty bins.
  // Extend the ends to contain 0 first: below its smallest value, all-positive data would leave
  // the candidates upside down.
  // Divide ends and centres by unit() first, and multiply the winner by it at the end.
  // Start with the widest candidate and replace it only by a strictly smaller cost.
  // Try it by hand first: ends [-1, 10], i = 14 → t = 1.4, the candidate is [-1, 1.4].
  throw tinytorch::not_implemented("15.9");
}

}  // namespace tinytorch::quantization
