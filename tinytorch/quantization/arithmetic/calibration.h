#pragma once
// Calibration in depth: one interval a channel, partial observers that become one, and the
// interval that loses the least information.
// You write this part: calibration.cpp (quantization module).
//
// Sources: Krishnamoorthi 2018, §2.1 (per channel); Migacz, "8-bit inference with TensorRT", 2017
// (entropy; the definition below is exact and our own).

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Task: The smallest and the largest value of each channel, over everything seen. A channel
// that is constant has min = max, and choose_qparams_asymmetric makes room for 0 beside it.
//
// It is not an Observer, since it has more than one range, and a layer's input can use only one:
// the scale of an input channel cannot be taken out of the sum over channels (integer_linear.h). It
// serves weights, where quantize_tensor asks it for the ends of each output, and analysis: channels
// of an activation whose ranges differ widely are what equalization repairs (repair.h).
class PerChannelObserver {
 public:
  explicit PerChannelObserver(std::int64_t channels);  // throws Error unless channels >= 1

  // batch is [outer, channels, inner], row-major: the value of channel c at (o, i) is
  // batch[(o · channels + c) · inner + i]. So
  //   rows of a linear layer  [n, channels]         inner = 1
  //   images                  [n, channels, h, w]   inner = h · w
  //   a weight                [channels, k]         inner = k
  // An empty batch changes nothing. Throws Error on NaN or infinity, naming its channel; it then
  // leaves the observer as it was. Throws Error (given) unless inner is at least 1 and channels ·
  // inner divides the size. Example: 2 channels, {1, 5, -2, 7}: inner 1 → [-2, 1] and [5, 7], inner
  // 2 → [1, 5] and [-2, 7].
  void observe(std::span<const float> batch, std::int64_t inner);

  // Takes in what `other` has seen: afterwards this observer is exactly the one that saw everything
  // itself. Throws Error (given) when the numbers of channels differ.
  void merge(const PerChannelObserver& other);

  std::int64_t channels() const { return static_cast<std::int64_t>(ranges_.size()); }
  // [channels]; throws Error when nothing has been observed.
  const std::vector<Range>& ranges() const;

 private:
  bool seen_ = false;
  std::vector<Range> ranges_;
};

// Task: How much of p is lost by taking q for it, the Kullback-Leibler divergence, in nats:
//     D(p‖q) = Σ_i P_i · ln(P_i / Q_i)      P = p / Σp,  Q = q / Σq,  over the i with p_i > 0
// Counts go in, the division by the sums happens here. Infinity when some q_i is 0 where p_i > 0.
// Example: p = (4, 2, 0, 2), q = (3, 3, 0, 2) → ½ ln(4/3) + ¼ ln(2/3) = 0.0425.
// Throws Error (given) unless the sizes are equal, counts finite and not negative, and both sums
// positive.
double kl_divergence(std::span<const double> p, std::span<const double> q);

// Task: The interval whose codes tell the most about the histogram. Candidates are those of
// HistogramObserver::range(): with [min, max] the observed ends extended to contain 0, m =
// max(-min, max) and i = kCandidates, …, 1,
//     t = m · (i / kCandidates)   in float,   the candidate is [max(min, -t), min(max, t)]
// and its cost is D(p‖q) over the bins inside that are not empty, inside being |centre| - width / 2
// <= t, and one cell more:
//   p = their counts; the counts of the bins outside are added to the bin next to them (the lowest
//       for bins below, the highest for bins above). In the last cell 0.
//   q = their counts *without* that addition, smeared: bins whose centres get the same code
//       (quantize, with the parameters choose_qparams_asymmetric gives the candidate over `codes`)
//       share the sum of their counts evenly. Only the bin [0, width) keeps its own count: 0 has a
//       code to itself, and behind a ReLU half of all values are there. In the last cell the number
//       of values outside: q expects them somewhere, and p has none there.
// Ends and centres are divided by seen.unit() first, and the winner is multiplied by it.
// So coarse steps cost (values that share a code can no longer be told apart), and so does clipping
// (a heap at the end that q did not expect). The first smallest cost wins, so a tie keeps the wider
// interval. A candidate with no value inside is skipped.
Range entropy_range(const HistogramObserver& seen, QRange codes);

// Given. The same as an observer.
class EntropyObserver : public Observer {
 public:
  explicit EntropyObserver(QRange codes = {}) : codes_(codes), histogram_(codes) {}
  void observe(std::span<const float> batch) override { histogram_.observe(batch); }
  Range range() const override { return entropy_range(histogram_, codes_); }
  void merge(const Observer& other) override;  // exact, as the histogram's is
  std::unique_ptr<Observer> clone() const override {
    return std::make_unique<EntropyObserver>(*this);
  }
  State state() const override { return histogram_.state(); }
  void load_state(const State& state) override { histogram_.load_state(state); }

 private:
  QRange codes_;
  HistogramObserver histogram_;
};

}  // namespace tinytorch::quantization
