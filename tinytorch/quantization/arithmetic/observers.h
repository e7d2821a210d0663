#pragma once
// Observers: watch real activations go by, then say which interval the codes should cover.
// You write this part: observers.cpp (quantization module).
//
// Calibration shows an observer some representative batches; its range() then feeds
// choose_qparams_asymmetric(). Every observer refuses NaN and infinity, naming the index, and
// throws Error when asked for a range before it has seen a value: a made-up range is worse than
// none.
//
// merge(), which is given, lets calibration be split over threads or machines: observers that each
// saw a part become one that saw all of it. Min-max, per-channel, histogram and entropy observers
// end up exactly as if one had seen everything; what the moving average and the percentile can
// promise is said at their merge().
//
// No magnitude is special: the range of x · 2^k is that of x, times 2^k, for every k at which the
// values stay normal floats.

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "tinytorch/core/state.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Throws Error "range: nothing observed yet; …" unless something was. Given.
void require_observed(bool observed);

// What an observer has seen is its state() (core/state.h); its settings are not part of it.
class Observer : public Stateful {
 public:
  // Takes in one batch; an empty one changes nothing. Throws Error on NaN or infinity and then
  // leaves the observer as it was.
  virtual void observe(std::span<const float> batch) = 0;
  // Throws Error when nothing has been observed.
  virtual Range range() const = 0;
  // Takes in what `other` has seen; one that saw nothing changes nothing. Throws Error when the two
  // are of different kinds or settings, and then leaves the observer as it was.
  virtual void merge(const Observer& other) = 0;
  // Another one with the same settings that has seen the same.
  virtual std::unique_ptr<Observer> clone() const = 0;
};

// Task: observe(), which widens the range to the smallest and the largest value of each batch.
class MinMaxObserver : public Observer {
 public:
  void observe(std::span<const float> batch) override;
  Range range() const override;
  void merge(const Observer& other) override;
  std::unique_ptr<Observer> clone() const override;
  State state() const override;
  void load_state(const State& state) override;

 private:
  bool seen_ = false;
  Range range_;
};

// Task: observe(), an exponential moving average of each batch's smallest and largest value: one
// wild batch moves it only a little, and during training it follows the weights.
//   first batch:  range = its range
//   then:         min += momentum · (batch_min - min),   max += momentum · (batch_max - max)
// in double, rounded once: the ends may lie further apart than the largest float.
class MovingAverageObserver : public Observer {
 public:
  // Throws Error unless 0 < momentum <= 1.
  explicit MovingAverageObserver(float momentum = 0.1f);
  void observe(std::span<const float> batch) override;
  Range range() const override;
  // A moving average depends on the order of its batches, and two observers have no order. The
  // result is the mean of both ranges, weighted by the batches each has seen:
  //   range = (batches · range + other's batches · other's range) / (batches + other's batches)
  // Throws Error when the momenta differ.
  void merge(const Observer& other) override;
  std::unique_ptr<Observer> clone() const override;
  State state() const override;
  void load_state(const State& state) override;

 private:
  float momentum_;
  std::int64_t batches_ = 0;  // seen, not counting empty ones
  Range range_;
};

// Task: The q-quantile of x, 0 <= q <= 1, with linear interpolation, exactly as if x were
// sorted ascending:
//     h = q · (n - 1),  lo = floor(h),   x_lo + (h - lo) · (x_{lo+1} - x_lo)
// with h in double and the last line computed in double, rounded once to float. At q = 1, h is the
// last rank and the answer the largest value.
// Sorting is not needed: only the top k = n - lo values are. For a percentile near 1 that is a
// handful, found in one pass that compares each value with the smallest of the k kept so far.
// Example: {1, 2, 3, 4}, q = 0.9 → h = 2.7, 3 + 0.7 · (4 - 3) = 3.7.
// Throws Error (given) when x is empty, q is outside [0, 1], or a value is not finite.
float quantile_top_k(std::span<const float> x, double q);

// Given. Each batch's two-sided percentile interval [-quantile(-x, q), quantile(x, q)], averaged
// over the batches: outliers beyond it are clipped on purpose. The lower end, too, is found in one
// pass, among the smallest values and without a copy of the batch.
class PercentileObserver : public Observer {
 public:
  // Throws Error unless 0.5 < q <= 1.
  explicit PercentileObserver(double q = 0.9999);
  void observe(std::span<const float> batch) override;
  Range range() const override;
  // The mean over the batches of both, up to the rounding of a sum in double. (The percentile of
  // all values together is another number: it would need the top (1 - q) of everything ever seen.)
  // Throws Error when q differs.
  void merge(const Observer& other) override;
  std::unique_ptr<Observer> clone() const override;
  State state() const override;
  void load_state(const State& state) override;

 private:
  double q_;
  std::int64_t batches_ = 0;
  double sum_min_ = 0.0;
  double sum_max_ = 0.0;
};

// Counts values in equal bins over [-limit, limit). The limit doubles when a value lies outside,
// and pairs of bins merge, so no count is ever lost or estimated.
class HistogramObserver : public Observer {
 public:
  static constexpr int kBins = 2048;
  static constexpr int kCandidates = 100;

  explicit HistogramObserver(QRange codes = {}) : codes_(codes) {}
  // Given.
  void observe(std::span<const float> batch) override;
  // Task: The interval whose quantization costs the histogram least. With [min, max] the
  // observed ends extended to contain 0, m = max(-min, max) and i = kCandidates, …, 1,
  //     t = m · (i / kCandidates)   in float,   the candidate is [max(min, -t), min(max, t)],
  //     its cost  Σ_bins count · (centre - dequantize(quantize(centre)))²   in double,
  // with the parameters choose_qparams_asymmetric gives it over `codes_`. Values outside the
  // candidate are part of the sum: that is the price of clipping. The first smallest cost wins, so
  // a tie keeps the wider interval. Ends and centres are divided by unit() first and the winner is
  // multiplied by it, so that no scale falls below kMinScale and no width overflows float.
  Range range() const override;
  // Exact: limits are powers of two, so bins coincide once both are equally wide. Throws Error when
  // the codes differ.
  void merge(const Observer& other) override;
  std::unique_ptr<Observer> clone() const override;
  State state() const override;
  void load_state(const State& state) override;

  float bin_centre(int bin) const;        // -limit + (bin + 0.5) · 2 · limit / kBins
  std::int64_t bin_count(int bin) const;  // throws Error unless 0 <= bin < kBins
  // The true smallest and largest value seen. Throws Error when nothing has been observed.
  Range observed() const;
  // The largest power of two that is not above the largest magnitude seen: dividing by it is exact.
  // 1 where that magnitude is 0 or subnormal.
  float unit() const;

 private:
  void widen();  // doubles limit_

  QRange codes_;
  MinMaxObserver ends_;
  double limit_ = 0x1p-126;  // a power of two, in double since it may be 2^128
  std::array<std::int64_t, kBins> counts_{};
};

}  // namespace tinytorch::quantization
