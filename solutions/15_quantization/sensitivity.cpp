// Part 14 of module 15: where quantization hurts.
#include "tinytorch/quantization/study/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/study/detail/sensitivity_guards.h"

namespace tinytorch::quantization {

// TASK 15.46
Diagnosis diagnose(std::span<const float> x, QParams params, QRange range) {
  // quantize, dequantize and ste_mask do the quantizing; what is left is to compare and to count.
  // Try it by hand first: the header's example.
  require_not_empty("diagnose", "x", x.size());
  require_finite("diagnose", "x", x);
  // BEGIN SOLUTION 15.46
  std::vector<std::int8_t> stored(x.size());
  std::vector<float> back(x.size());
  quantize(x, params, range, stored);
  dequantize(stored, params, back);
  const std::vector<std::uint8_t> mask = ste_mask(x, params, range);

  double signal = 0.0;
  double noise = 0.0;
  std::vector<bool> used(static_cast<std::size_t>(range.qmax - range.qmin + 1));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = double{x[i]} - double{back[i]};
    signal += double{x[i]} * double{x[i]};
    noise += error * error;
    used[static_cast<std::size_t>(stored[i] - range.qmin)] = true;
  }
  Diagnosis result;
  result.sqnr_db =
      noise == 0.0 ? std::numeric_limits<double>::infinity() : 10.0 * std::log10(signal / noise);
  result.clipped =
      static_cast<double>(std::count(mask.begin(), mask.end(), 0)) / static_cast<double>(x.size());
  result.dead_levels = static_cast<int>(std::count(used.begin(), used.end(), false));
  return result;
  // END SOLUTION 15.46
}

// TASK 15.47
std::vector<std::vector<double>> leave_one_out(std::size_t layers, std::span<const int> widths,
                                               const LossAt& loss) {
  // One run with every layer at widths[0] is what all others are compared with. Put a layer back
  // before you narrow the next one. A loss of NaN compares with nothing: require_finite() each
  // cost, and name its layer. Try it by hand first: 2 layers, widths {8, 4}: loss is asked at (8,
  // 8), (4, 8) and (8, 4).
  require_not_empty("leave_one_out", "layers", layers);
  require_descending("leave_one_out", widths);
  // BEGIN SOLUTION 15.47
  std::vector<int> bits(layers, widths[0]);
  const double widest = loss(bits);
  std::vector<std::vector<double>> cost(layers, std::vector<double>(widths.size(), 0.0));
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t w = 1; w < widths.size(); ++w) {
      bits[layer] = widths[w];
      cost[layer][w] = loss(bits) - widest;
      require_finite(concat("leave_one_out: layer ", layer, " at ", widths[w], " bits"), "cost",
                     cost[layer][w]);
    }
    bits[layer] = widths[0];
  }
  return cost;
  // END SOLUTION 15.47
}

namespace {

// Given: widths for the layers so far.
struct Choice {
  std::int64_t bits = 0;
  double cost = 0.0;
  std::size_t width = 0;   // of the latest layer, an index into widths
  std::size_t before = 0;  // for the layers before it: which entry of their list
};

[[maybe_unused]] std::vector<Choice> without_dominated(std::vector<Choice> choices) {
  // Those that no other beats: sorted by bits, cost and width, a choice stays if it costs less than
  // all before it.
  // Try it by hand first: (bits, cost) of (440, 1), (480, 0.5), (490, 0.7) → the first two.
  // BEGIN SOLUTION 15.48
  std::sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) {
    return std::tie(a.bits, a.cost, a.width) < std::tie(b.bits, b.cost, b.width);
  });
  std::vector<Choice> kept;
  for (const Choice& choice : choices) {
    if (kept.empty() || choice.cost < kept.back().cost) kept.push_back(choice);
  }
  return kept;
  // END SOLUTION 15.48
}

}  // namespace

// TASK 15.48
std::vector<int> allocate_bits(const std::vector<std::vector<double>>& cost,
                               std::span<const std::int64_t> sizes, std::span<const int> widths,
                               std::int64_t budget) {
  // Layer after layer, keep a list of choices: bits, cost, and how to find the widths again. Drop
  // what can no longer stay within the budget and what another entry beats, then ask
  // require_few_choices(): memory ends somewhere. At the end walk back from the cheapest entry.
  // Try it by hand first: the header's example.
  require_costs("allocate_bits", cost, sizes, widths);
  require_budget("allocate_bits", sizes, widths, budget);
  // BEGIN SOLUTION 15.48
  const std::int64_t weights = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  std::int64_t to_come = weights * widths.back();      // of the layers ahead, at the narrowest
  std::vector<std::vector<Choice>> lists{{Choice{}}};  // lists[l]: the first l layers
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    to_come -= sizes[l] * widths.back();
    std::vector<Choice> longer;
    for (std::size_t i = 0; i < lists[l].size(); ++i) {
      for (std::size_t width = 0; width < widths.size(); ++width) {
        const std::int64_t bits = lists[l][i].bits + sizes[l] * widths[width];
        const double total = lists[l][i].cost + cost[l][width];
        if (bits + to_come <= budget) longer.push_back({bits, total, width, i});
      }
    }
    lists.push_back(without_dominated(std::move(longer)));
    require_few_choices("allocate_bits", lists.back().size(), l);
  }
  std::vector<int> bits(sizes.size());
  std::size_t entry = lists.back().size() - 1;  // costs fall: the last is the cheapest
  for (std::size_t l = sizes.size(); l-- > 0;) {
    const Choice& choice = lists[l + 1][entry];
    bits[l] = widths[choice.width];
    entry = choice.before;
  }
  return bits;
  // END SOLUTION 15.48
}

namespace {

// Given: the code of a position in a range.
[[maybe_unused]] double saturated(double position, QRange range) {
  return std::clamp(std::nearbyint(position), static_cast<double>(range.qmin),
                    static_cast<double>(range.qmax));
}

[[maybe_unused]] Cause cause_of(const LayerTrace& layer, std::size_t element) {
  // Why these two codes differ, in the header's order: a wrapped sum explains everything after it,
  // and where scale or zero-point differ, positions cannot be compared.
  // Try it by hand first: sum 25, multiplier 0.1, zero-point 0, codes 2 and 3: position 2.5, a tie.
  // BEGIN SOLUTION 15.49
  const LayerRun& integer = layer.integer;
  const LayerRun& simulated = layer.simulated;
  const std::int64_t sum = layer.sums[element];
  if (sum < std::numeric_limits<std::int32_t>::min() ||
      sum > std::numeric_limits<std::int32_t>::max()) {
    return Cause::kOverflow;
  }
  const std::size_t out = element % integer.multipliers.size();
  if (integer.multipliers[out] != simulated.multipliers[out]) return Cause::kGrid;
  if (integer.zero_point != simulated.zero_point) return Cause::kGrid;
  const double position =
      static_cast<double>(sum) * double{integer.multipliers[out]} + integer.zero_point;
  if (saturated(position, integer.range) != saturated(position, simulated.range)) {
    return Cause::kClip;
  }
  const int steps = std::abs(integer.codes[element] - simulated.codes[element]);
  const double from_border = std::abs(position - std::floor(position) - 0.5);
  return steps == 1 && from_border <= kTieWidth ? Cause::kTie : Cause::kOther;
  // END SOLUTION 15.49
}

}  // namespace

// TASK 15.49
std::optional<Divergence> first_divergence(std::span<const LayerTrace> layers) {
  // Two nested loops and the first pair that differs.
  // Try it by hand first: codes (1, 2) and (1, 3) in layer 0 → layer 0, element 1.
  require_traces("first_divergence", layers);
  // BEGIN SOLUTION 15.49
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& [sums, integer, simulated] = layers[l];
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (integer.codes[i] != simulated.codes[i]) return Divergence{l, i, cause_of(layers[l], i)};
    }
  }
  return std::nullopt;
  // END SOLUTION 15.49
}

}  // namespace tinytorch::quantization
