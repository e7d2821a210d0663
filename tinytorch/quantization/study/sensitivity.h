#pragma once
// Where quantization hurts: what it did to one tensor, what each layer costs at each width, which
// widths to choose, and the first place where two runs of one network differ.
// You write this part: sensitivity.cpp (quantization module).
//
// Source: Lin, Talathi & Annapureddy, "Fixed Point Quantization of Deep Convolutional Networks",
// ICML 2016 (SQNR by layer); Dong et al., "HAWQ: Hessian AWare Quantization of Neural Networks With
// Mixed-Precision", ICCV 2019 (sensitivity and a budget of bits).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// What quantizing did to one tensor.
struct Diagnosis {
  double sqnr_db = 0.0;  // signal to quantization noise, in decibels
  double clipped = 0.0;  // the share of values that saturation moved, 0 to 1
  int dead_levels = 0;   // codes of the range that no value received
};

// Task: With x̂ = dequantize(quantize(x)),
//     sqnr_db     = 10 · log10(Σ x² / Σ (x - x̂)²)     in double; +infinity when x̂ = x everywhere
//     clipped     = the share of values with ste_mask 0
//     dead_levels = (qmax - qmin + 1) less the number of different codes
// Example: x = {1, -1, 3.4}, scale 1, zero-point 0, range [-2, 2]: x̂ = {1, -1, 2}, so
// 10 · log10(13.56 / 1.96) = 8.4 dB, one third clipped, 2 of 5 levels dead (-2 and 0).
// Throws Error (given) unless x holds a value and all its values are finite.
Diagnosis diagnose(std::span<const float> x, QParams params, QRange range);

// The loss of the network with bits[l] bits in layer l.
using LossAt = std::function<double(std::span<const int> bits)>;

// Task: Leave-one-out sensitivity: every layer at the widest width but one, and that one at
// each width in turn.
//     cost[l][w] = loss(bits) - loss(all at widths[0]),   bits[l] = widths[w], elsewhere widths[0]
// cost[l][0] = 0 needs no run: loss is called layers · (widths.size() - 1) + 1 times.
// Throws Error naming the layer when a cost is not finite. Throws Error (given) unless there is a
// layer and the widths strictly descend.
std::vector<std::vector<double>> leave_one_out(std::size_t layers, std::span<const int> widths,
                                               const LossAt& loss);

// The most choices after a layer, none of which beats another, that allocate_bits keeps.
inline constexpr std::size_t kMaxChoices = 100'000;

// Task: Widths for a budget: of all assignments with Σ sizes[l] · bits[l] <= budget the one
// of least total cost. sizes[l] is the number of weights in layer l, the budget is in bits.
//     total = ((cost[0][w₀] + cost[1][w₁]) + cost[2][w₂]) + …     in double, layer 0 first
// Of equal totals the fewest bits; of these the widest last layer, and the layers before it are
// chosen by the same rules. Costs are measurements: one may be negative, or smaller at a narrower
// width, and then the narrower width is taken even where the budget would not ask for it.
// Exact, by a list of (bits, total) for the first l layers from which every entry is dropped that
// needs no fewer bits than another and costs no less. A list holds at most
// min(widths^l, budget / gcd(sizes) + 1) entries; with P the longest, time is
// O(layers · P · widths · log(P · widths)) and memory O(layers · P). (A multiple-choice knapsack:
// Kellerer, Pferschy & Pisinger, "Knapsack Problems", 2004, ch. 11.)
// Exact for the sum of costs that were measured one layer at a time; the network's loss is not
// that sum, so measure what comes out.
// Example: sizes {100, 10}, widths {8, 4}, costs {{0, 1}, {0, 0.2}}, budget 850. Lists: {(400, 1),
// (800, 0)}, then {(440, 1.2), (480, 1), (840, 0.2)}; (880, 0) is above the budget. Result {8, 4}.
// Throws Error when a list grows beyond kMaxChoices (require_few_choices() does). Throws Error
// (given) unless widths strictly descend to at least 1, sizes are positive, costs finite, and the
// narrowest widths within the budget (detail/sensitivity_guards.h).
std::vector<int> allocate_bits(const std::vector<std::vector<double>>& cost,
                               std::span<const std::int64_t> sizes, std::span<const int> widths,
                               std::int64_t budget);

// How one run wrote the outputs of a layer, rows of multipliers.size() outputs.
struct LayerRun {
  std::vector<float> multipliers;  // of each output: codes that one step of its sum is worth
  std::int32_t zero_point = 0;
  QRange range;  // it clips beyond
  std::vector<std::int8_t> codes;
};

// One layer twice: as the deployed integers have it and as a simulation in float does.
struct LayerTrace {
  std::vector<std::int64_t> sums;  // exact, whatever int32 would have made of them
  LayerRun integer;
  LayerRun simulated;
};

enum class Cause {
  kOverflow,  // the sum does not fit in int32
  kGrid,      // scale or zero-point differ, as when each chose its clip from the data
              // by a rule of its own: a quantile in training, the largest magnitude in the export
  kClip,      // the same scale and zero-point, but one range ends earlier: a ReLU lost, fewer bits
  kTie,       // one step apart, and the value lies next to the border between the two codes
  kOther,     // none of these: a weight, a bias or an input differs
};

struct Divergence {
  std::size_t layer = 0;
  std::size_t element = 0;  // of that layer's outputs, row by row
  Cause cause = Cause::kOther;
};

// So close to the border between two codes, in steps, does float arithmetic decide by its rounding.
inline constexpr double kTieWidth = 0.01;

// Task: The first element of the first layer whose two codes differ, or nothing. With
// o = element % outputs and position = sum · integer.multipliers[o] + integer.zero_point in double,
// the cause is the first of these that holds:
//     kOverflow   sum < -2^31 or sum > 2^31 - 1
//     kGrid       multipliers[o] or zero_point of the two runs differ
//     kClip       clamp(rint(position), range) of the two runs differ
//     kTie        the codes are 1 apart and position lies within kTieWidth of k + 0.5
//     kOther      otherwise
// Example: position 58.4, ranges [-128, 127] and [-128, 50]: 58 and 50, kClip, whichever of the two
// was deployed. With one range for both no clip can tell them apart, not even at position 300.
// Later differences follow from the first one: look there. Throws Error (given) naming the layer
// unless its vectors fit together, its multipliers are finite and its ranges not empty.
std::optional<Divergence> first_divergence(std::span<const LayerTrace> layers);

}  // namespace tinytorch::quantization
