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
  // BEGIN SOLUTION 15.28
  const auto channels = static_cast<std::int64_t>(ranges_.size());
  const auto count = static_cast<std::int64_t>(batch.size());
  // The first comparison keeps the product within int64.
  if (inner < 1 || (count > 0 && inner > count) || (count > 0 && count % (channels * inner) != 0)) {
    throw Error(concat("observe: ", count, " values are not [outer, ", channels, ", ", inner,
                       "]; inner is the number of values a channel has side by side"));
  }
  const auto channel_of = [&](std::int64_t k) {
    return static_cast<std::size_t>((k / inner) % channels);
  };
  for (std::int64_t k = 0; k < count; ++k) {
    const float x = batch[static_cast<std::size_t>(k)];
    if (!std::isfinite(x)) {
      throw Error(concat("observe: channel ", channel_of(k), " holds ", x,
                         "; clean the calibration data or find the layer that produced it"));
    }
  }
  if (count == 0) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (!seen_) std::fill(ranges_.begin(), ranges_.end(), Range{kInfinity, -kInfinity});
  for (std::int64_t k = 0; k < count; ++k) {
    const float x = batch[static_cast<std::size_t>(k)];
    Range& range = ranges_[channel_of(k)];
    range.min = std::min(range.min, x);
    range.max = std::max(range.max, x);
  }
  seen_ = true;
  // END SOLUTION 15.28
}

void PerChannelObserver::merge(const PerChannelObserver& other) {
  // Four cases: each of the two may have seen nothing. other.seen_ and other.ranges_ are yours to
  // read, since both are observers of one class.
  // Try it by hand first: [1, 5] and [-2, 3] → [-2, 5].
  // BEGIN SOLUTION 15.28
  if (channels() != other.channels()) {
    throw Error(concat("merge: observers of ", channels(), " and ", other.channels(),
                       " channels did not watch the same layer"));
  }
  if (!other.seen_) return;
  for (std::size_t c = 0; c < ranges_.size(); ++c) {
    const Range theirs = other.ranges_[c];
    Range& mine = ranges_[c];
    mine.min = seen_ ? std::min(mine.min, theirs.min) : theirs.min;
    mine.max = seen_ ? std::max(mine.max, theirs.max) : theirs.max;
  }
  seen_ = true;
  // END SOLUTION 15.28
}

// TASK 15.29
double kl_divergence(std::span<const double> p, std::span<const double> q) {
  // The sums first, with the checks; then one term for each p that is not 0.
  // Try it by hand first: p = (1, 1), q = (3, 1) → ½ ln(½ / ¾) + ½ ln(½ / ¼) = 0.1438.
  // BEGIN SOLUTION 15.29
  if (p.size() != q.size()) {
    throw Error(concat("kl_divergence: ", p.size(), " and ", q.size(), " numbers"));
  }
  double sum_p = 0.0;
  double sum_q = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!(p[i] >= 0.0) || !(q[i] >= 0.0) || std::isinf(p[i]) || std::isinf(q[i])) {
      throw Error(concat("kl_divergence: p = ", p[i], " and q = ", q[i], " at ", i,
                         "; counts are finite and >= 0"));
    }
    sum_p += p[i];
    sum_q += q[i];
  }
  if (!(sum_p > 0.0) || !(sum_q > 0.0)) {
    throw Error(concat("kl_divergence: sums ", sum_p, " and ", sum_q, "; nothing was counted"));
  }
  double divergence = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0.0) continue;
    divergence += p[i] / sum_p * std::log((p[i] / sum_p) / (q[i] / sum_q));
  }
  return divergence;
  // END SOLUTION 15.29
}

// BEGIN SOLUTION 15.29 helper
namespace {

// p and q of the header for one candidate; empty when no value lies inside.
struct Inside {
  std::vector<double> p;
  std::vector<double> q;
};

// Bins that share a code share their counts evenly; the one that holds 0 shares with nobody.
void smear(std::vector<double>& counts, std::span<const std::int8_t> codes,
           std::span<const float> centres, float centre_of_zero) {
  std::array<double, 256> sums{};
  std::array<double, 256> bins{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (centres[i] == centre_of_zero) continue;
    const auto code = static_cast<std::size_t>(codes[i] + 128);
    sums[code] += counts[i];
    bins[code] += 1.0;
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto code = static_cast<std::size_t>(codes[i] + 128);
    if (centres[i] != centre_of_zero) counts[i] = sums[code] / bins[code];
  }
}

Inside look_inside(const HistogramObserver& seen, Range candidate, float limit, QRange codes) {
  const QParams params = choose_qparams_asymmetric(candidate.min, candidate.max, codes);
  const float unit = seen.unit();
  const float half_width = (seen.bin_centre(1) - seen.bin_centre(0)) / 2.0f / unit;
  std::vector<float> centres;
  Inside inside;
  double below = 0.0;
  double above = 0.0;
  for (int bin = 0; bin < HistogramObserver::kBins; ++bin) {
    if (seen.bin_count(bin) == 0) continue;
    const auto count = static_cast<double>(seen.bin_count(bin));
    const float centre = seen.bin_centre(bin) / unit;
    if (std::abs(centre) - half_width > limit) {
      (centre < 0.0f ? below : above) += count;
      continue;
    }
    centres.push_back(centre);
    inside.p.push_back(count);
  }
  if (centres.empty()) return inside;
  inside.q = inside.p;
  std::vector<std::int8_t> bin_codes(centres.size());
  quantize(centres, params, codes, bin_codes);
  smear(inside.q, bin_codes, centres, half_width);
  inside.p.front() += below;
  inside.p.back() += above;
  inside.p.push_back(0.0);
  inside.q.push_back(below + above);
  return inside;
}

}  // namespace
// END SOLUTION 15.29

Range entropy_range(const HistogramObserver& seen, QRange codes) {
  // The loop over candidates is the one of task 15.9; only the cost is another. A function of its
  // own that makes p and q of one candidate keeps it readable.
  // Divide ends and centres by seen.unit() first, as there, and multiply the winner by it.
  // Empty bins appear in neither p nor q: leave them out and it is a loop over a shorter list.
  // Try it by hand first: bins inside with counts 4, 2, 2, the first two with one code, and three
  // values above: p = (4, 2, 5, 0), q = (3, 3, 2, 3).
  // BEGIN SOLUTION 15.29
  Range ends = seen.observed();
  const float unit = seen.unit();
  ends.min = std::min(ends.min / unit, 0.0f);
  ends.max = std::max(ends.max / unit, 0.0f);
  const float largest = std::max(-ends.min, ends.max);
  constexpr int kSteps = HistogramObserver::kCandidates;
  Range best = ends;
  double best_cost = std::numeric_limits<double>::infinity();
  for (int i = kSteps; i >= 1; --i) {
    const float limit = largest * (static_cast<float>(i) / static_cast<float>(kSteps));
    const Range candidate{std::max(ends.min, -limit), std::min(ends.max, limit)};
    const Inside inside = look_inside(seen, candidate, limit, codes);
    if (inside.p.empty()) continue;
    const double cost = kl_divergence(inside.p, inside.q);
    if (cost < best_cost) {
      best_cost = cost;
      best = candidate;
    }
  }
  return {best.min * unit, best.max * unit};
  // END SOLUTION 15.29
}

}  // namespace tinytorch::quantization
