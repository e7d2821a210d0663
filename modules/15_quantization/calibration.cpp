// Part 8 of module 15: an interval for each channel, and what an interval tells.
#include "tinytorch/quantization/arithmetic/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {

// TASK 15.28
void PerChannelObserver::observe(std::span<const float> batch, std::int64_t inner) {
  // Value k of the batch belongs to channel (k / inner) % channels.
  // Look at the shape and at every value before you change anything. The first batch sets the
  // ranges, later ones widen them; seen_ must not turn true in the middle of a batch, since each
  // channel has a first value of its own.
  // Try it by hand first: 2 channels, {1, 5, -2, 7}, inner 1 → channels 0, 1, 0, 1.
  throw tinytorch::not_implemented("15.28");
}

void PerChannelObserver::merge(const PerChannelObserver& other) {
  // Four cases: each of the two may have seen nothing. other.seen_ and other.ranges_ are yours to
  // read, since both are observers of one class.
  // Try it by hand first: [1, 5] and [-2, 3] → [-2, 5].
  throw tinytorch::not_implemented("15.28");
}

// TASK 15.29
double kl_divergence(std::span<const double> p, std::span<const double> q) {
  // The sums first, with the checks; then one term for each p that is not 0.
  // Try it by hand first: p = (1, 1), q = (3, 1) → ½ ln(½ / ¾) + ½ ln(½ / ¼) = 0.1438.
  throw tinytorch::not_implemented("15.29");
}

Range entropy_range(const HistogramObserver& seen, QRange codes) {
  // The loop over candidates is the one of task 15.9; only the cost is another. A function of its
  // own that makes p and q of one candidate keeps it readable.
  // Divide ends and centres by seen.unit() first, as there, and multiply the winner by it.
  // Empty bins appear in neither p nor q: leave them out and it is a loop over a shorter list.
  // Try it by hand first: bins inside with counts 4, 2, 2, the first two with one code, and three
  // values above: p = (4, 2, 5, 0), q = (3, 3, 2, 3).
  throw tinytorch::not_implemented("15.29");
}

}  // namespace tinytorch::quantization
