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

namespace tinytorch::quantization {

// TASK 15.6
void MinMaxObserver::observe(std::span<const float> batch) {
  // Throw an Error that names the index if a value is not finite, before you change anything. Then
  // widen range_; the first value ever seen sets both ends (starting from [0, 0] would claim that 0
  // was observed).
  // Try it by hand first: {2, 5} then {3} → [2, 5].
  throw tinytorch::not_implemented("15.6");
}

// TASK 15.7
void MovingAverageObserver::observe(std::span<const float> batch) {
  // A MinMaxObserver of this batch alone finds its ends and refuses bad values for you. Count the
  // batch in batches_; the first one sets range_, later ones move it by momentum_. An empty batch
  // changes nothing. Move the ends in double: -3e38 and 3e38 are further apart than a float can
  // say.
  // Try it by hand first: momentum 0.1, max 10, then a batch with max 20 → 10 + 0.1 · 10 = 11.
  throw tinytorch::not_implemented("15.7");
}

// TASK 15.8
float quantile_top_k(std::span<const float> x, double q) {
  require_not_empty("quantile_top_k", "x", x.size());
  require_within("quantile_top_k", "q", q, 0.0, 1.0);
  require_finite("quantile_top_k", "x", x);
  // The answer lies between the values of rank lo and lo + 1, counted from the smallest. Both are
  // among the k = n - lo largest: keep only those, in a min-heap (std::push_heap, std::pop_heap).
  // Mind q = 1, where there is no value of rank lo + 1.
  // Try it by hand first: {4, 1, 3, 2}, q = 0.9 → h = 2.7, lo = 2, k = 2, 3 + 0.7 · (4 - 3) = 3.7.
  throw tinytorch::not_implemented("15.8");
}

// TASK 15.9
Range HistogramObserver::range() const {
  // observed() gives the true ends, bin_centre() and bin_count() the data. Divide ends and centres
  // by unit(), extend the ends to contain 0, and try every candidate of the header, the widest
  // first; the winner, times unit(), is the answer.
  // Try it by hand first: ends [-1, 10], i = 14 → t = 1.4, the candidate is [-1, 1.4].
  throw tinytorch::not_implemented("15.9");
}

}  // namespace tinytorch::quantization
