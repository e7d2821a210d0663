// Part 8 of module 15: an interval for each channel, and what an interval tells.
#include "tinytorch/quantization/arithmetic/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/detail/calibration_guards.h"

namespace tinytorch::quantization {

// TASK 15.28
void PerChannelObserver::observe(std::span<const float> batch, std::int64_t inner) {
  // Value k of the batch belongs to channel (k / inner) % channels. Refuse NaN and infinity before
  // you change anything. The first batch sets the ranges, later ones widen them; seen_ turns true
  // only when the batch is done, since each channel has a first value of its own.
  // Try it by hand first: 2 channels, {1, 5, -2, 7}, inner 1 → channels 0, 1, 0, 1.
  require_channel_blocks("observe", batch.size(), channels(), inner);
  // BEGIN SOLUTION 15.28
  const auto channel_of = [&](std::size_t k) {
    return k / static_cast<std::size_t>(inner) % ranges_.size();
  };
  for (std::size_t k = 0; k < batch.size(); ++k) {
    if (std::isfinite(batch[k])) continue;
    throw Error(concat("observe: channel ", channel_of(k), " holds ", batch[k],
                       "; clean the calibration data or find the layer that produced it"));
  }
  if (batch.empty()) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (!seen_) std::fill(ranges_.begin(), ranges_.end(), Range{kInfinity, -kInfinity});
  for (std::size_t k = 0; k < batch.size(); ++k) {
    Range& range = ranges_[channel_of(k)];
    range.min = std::min(range.min, batch[k]);
    range.max = std::max(range.max, batch[k]);
  }
  seen_ = true;
  // END SOLUTION 15.28
}

void PerChannelObserver::merge(const PerChannelObserver& other) {
  // Four cases: each of the two may have seen nothing. other.seen_ and other.ranges_ are yours to
  // read, since both are observers of one class.
  // Try it by hand first: [1, 5] and [-2, 3] → [-2, 5].
  require_count("merge", "channels", other.ranges_.size(), ranges_.size());
  // BEGIN SOLUTION 15.28
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
  // Both sums first, then one term for each p that is not 0.
  // Try it by hand first: p = (1, 1), q = (3, 1) → ½ ln(½ / ¾) + ½ ln(½ / ¼) = 0.1438.
  require_same_size("kl_divergence", p.size(), q.size());
  require_counts("kl_divergence", "p", p);
  require_counts("kl_divergence", "q", q);
  // BEGIN SOLUTION 15.29
  const double sum_p = std::accumulate(p.begin(), p.end(), 0.0);
  const double sum_q = std::accumulate(q.begin(), q.end(), 0.0);
  double divergence = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0.0) continue;
    divergence += p[i] / sum_p * std::log((p[i] / sum_p) / (q[i] / sum_q));
  }
  return divergence;
  // END SOLUTION 15.29
}

namespace {

// Given: the bins that are not empty, from low to high, and the observed ends; all divided by
// seen.unit().
struct Bins {
  Range ends{};
  std::vector<double> counts{};
  std::vector<float> centres{};
  float half_width = 0.0f;  // also the centre of the bin [0, width)
};

[[maybe_unused]] Bins bins_of(const HistogramObserver& seen) {
  Bins bins;
  bins.ends = {seen.observed().min / seen.unit(), seen.observed().max / seen.unit()};
  bins.half_width = (seen.bin_centre(1) - seen.bin_centre(0)) / 2.0f / seen.unit();
  for (int bin = 0; bin < HistogramObserver::kBins; ++bin) {
    if (seen.bin_count(bin) == 0) continue;
    bins.counts.push_back(static_cast<double>(seen.bin_count(bin)));
    bins.centres.push_back(seen.bin_centre(bin) / seen.unit());
  }
  return bins;
}

// Given: the codes of these centres when `interval` is spread over `codes`.
[[maybe_unused]] std::vector<std::int8_t> codes_of(std::span<const float> centres, Range interval,
                                                   QRange codes) {
  std::vector<std::int8_t> result(centres.size());
  quantize(centres, choose_qparams_asymmetric(interval.min, interval.max, codes), codes, result);
  return result;
}

// Given: bins with the same code share the sum of their counts evenly, so that (4, 2, 2) with the
// codes (1, 1, 2) becomes (3, 3, 2). The bin whose centre is `own` keeps its count.
[[maybe_unused]] void smear(std::vector<double>& counts, std::span<const std::int8_t> codes,
                            std::span<const float> centres, float own) {
  std::array<double, 256> sums{};
  std::array<double, 256> bins{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (centres[i] == own) continue;
    sums[static_cast<std::size_t>(codes[i] + 128)] += counts[i];
    bins[static_cast<std::size_t>(codes[i] + 128)] += 1.0;
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto code = static_cast<std::size_t>(codes[i] + 128);
    if (centres[i] != own) counts[i] = sums[code] / bins[code];
  }
}

// Given: the intervals to try, from the widest to the narrowest, each cut off at ±limit.
struct Candidate {
  Range interval;
  float limit = 0.0f;
};

[[maybe_unused]] std::vector<Candidate> candidates_within(Range ends) {
  const float largest = std::max(-ends.min, ends.max);
  constexpr int kSteps = HistogramObserver::kCandidates;
  std::vector<Candidate> candidates;
  for (int i = kSteps; i >= 1; --i) {
    const float limit = largest * (static_cast<float>(i) / static_cast<float>(kSteps));
    candidates.push_back({{std::max(ends.min, -limit), std::min(ends.max, limit)}, limit});
  }
  return candidates;
}

[[maybe_unused]] double cost_of(const Bins& bins, const Candidate& candidate, QRange codes) {
  // D(p‖q) of the header; infinity when no bin lies inside. Split the bins into those inside and
  // the counts below and above, smear q, and only then add to p what lies outside.
  // Try it by hand first: bins inside with counts 4, 2, 2, the first two with one code, and three
  // values above: p = (4, 2, 5, 0), q = (3, 3, 2, 3).
  // BEGIN SOLUTION 15.29
  std::vector<double> p;
  std::vector<float> centres;
  double below = 0.0;
  double above = 0.0;
  for (std::size_t i = 0; i < bins.counts.size(); ++i) {
    if (std::abs(bins.centres[i]) - bins.half_width > candidate.limit) {
      (bins.centres[i] < 0.0f ? below : above) += bins.counts[i];
      continue;
    }
    p.push_back(bins.counts[i]);
    centres.push_back(bins.centres[i]);
  }
  if (p.empty()) return std::numeric_limits<double>::infinity();
  std::vector<double> q = p;
  smear(q, codes_of(centres, candidate.interval, codes), centres, bins.half_width);
  p.front() += below;
  p.back() += above;
  p.push_back(0.0);
  q.push_back(below + above);
  return kl_divergence(p, q);
  // END SOLUTION 15.29
}

}  // namespace

Range entropy_range(const HistogramObserver& seen, QRange codes) {
  // The search is the one of task 15.9; only the cost is another. bins_of() has divided the ends by
  // seen.unit(), as there: extend them to contain 0, and multiply the winner by the unit.
  // Try it by hand first: ends -1 and 4 → the candidates [-1, 4], [-1, 3.96], …, [-0.04, 0.04].
  // BEGIN SOLUTION 15.29
  const Bins bins = bins_of(seen);
  const Range ends{std::min(bins.ends.min, 0.0f), std::max(bins.ends.max, 0.0f)};
  Range best = ends;
  double best_cost = std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates_within(ends)) {
    const double cost = cost_of(bins, candidate, codes);
    if (cost < best_cost) {
      best_cost = cost;
      best = candidate.interval;
    }
  }
  return {best.min * seen.unit(), best.max * seen.unit()};
  // END SOLUTION 15.29
}

}  // namespace tinytorch::quantization
