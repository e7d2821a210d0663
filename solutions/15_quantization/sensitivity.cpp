// Part 14 of module 15: where quantization hurts.
#include "tinytorch/quantization/study/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {

// TASK 15.46
Diagnosis diagnose(std::span<const float> x, QParams params, QRange range) {
  // quantize, dequantize and ste_mask do the quantizing; what is left is to compare and to count.
  // Try it by hand first: the header's example.
  // BEGIN SOLUTION 15.46
  if (x.empty()) throw Error("diagnose: no values; show it a tensor that the network really sees");
  std::vector<std::int8_t> stored(x.size());
  std::vector<float> back(x.size());
  quantize(x, params, range, stored);
  dequantize(stored, params, back);
  const std::vector<std::uint8_t> mask = ste_mask(x, params, range);

  double signal = 0.0;
  double noise = 0.0;
  std::vector<bool> used(static_cast<std::size_t>(range.qmax - range.qmin + 1));
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) throw Error(concat("diagnose: value ", i, " is ", x[i]));
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
  // before you narrow the next one.
  // BEGIN SOLUTION 15.47
  if (layers == 0 || widths.empty()) throw Error("leave_one_out: no layers or no widths");
  if (std::adjacent_find(widths.begin(), widths.end(), std::less_equal<>()) != widths.end()) {
    throw Error("leave_one_out: widths must descend, the widest first: 8, 6, 4");
  }
  std::vector<int> bits(layers, widths[0]);
  const double widest = loss(bits);
  if (!std::isfinite(widest)) {
    throw Error(concat("leave_one_out: the loss with every layer at ", widths[0], " bits is ",
                       widest, "; mend that before narrowing anything"));
  }
  std::vector<std::vector<double>> cost(layers, std::vector<double>(widths.size(), 0.0));
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t w = 1; w < widths.size(); ++w) {
      bits[layer] = widths[w];
      const double narrowed = loss(bits);
      cost[layer][w] = narrowed - widest;
      if (!std::isfinite(cost[layer][w])) {
        throw Error(concat("leave_one_out: the loss with layer ", layer, " at ", widths[w],
                           " bits is ", narrowed, ", with every layer at ", widths[0], " ", widest,
                           "; their difference is no cost"));
      }
    }
    bits[layer] = widths[0];
  }
  return cost;
  // END SOLUTION 15.47
}

// BEGIN SOLUTION 15.48 helper
namespace {

void require_costs(const std::vector<std::vector<double>>& cost,
                   std::span<const std::int64_t> sizes, std::span<const int> widths) {
  bool fits = !widths.empty() && !cost.empty() && cost.size() == sizes.size();
  for (const std::vector<double>& row : cost) fits = fits && row.size() == widths.size();
  if (!fits) {
    throw Error(concat("allocate_bits: ", cost.size(), " rows of costs, ", sizes.size(),
                       " sizes and ", widths.size(), " widths do not fit together"));
  }
  if (widths.back() < 1 ||
      std::adjacent_find(widths.begin(), widths.end(), std::less_equal<>()) != widths.end()) {
    throw Error("allocate_bits: widths must descend to at least 1, the widest first: 8, 6, 4");
  }
  std::int64_t so_far = 0;  // weights
  double largest = 0.0;     // no total is beyond it
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    if (sizes[l] <= 0)
      throw Error(concat("allocate_bits: layer ", l, " has ", sizes[l], " weights"));
    for (const double c : cost[l]) {
      if (!std::isfinite(c)) throw Error(concat("allocate_bits: layer ", l, " has the cost ", c));
    }
    const auto [least, most] = std::minmax_element(cost[l].begin(), cost[l].end());
    largest += std::max(std::abs(*least), std::abs(*most));
    if (__builtin_add_overflow(so_far, sizes[l], &so_far) ||
        !checked_product({so_far, widths[0]})) {
      throw Error(concat("allocate_bits: with layer ", l, " of ", sizes[l], " weights at ",
                         widths[0], " bits the sum does not fit in 64 bits; check the sizes"));
    }
  }
  if (!std::isfinite(largest)) throw Error("allocate_bits: the costs add up beyond double");
}

// Widths for the layers so far.
struct Choice {
  std::int64_t bits = 0;
  double cost = 0.0;
  std::size_t width = 0;   // of the latest layer, an index into widths
  std::size_t before = 0;  // for the layers before it: which entry of their list
};

// By bits, with falling costs: an entry stays if it costs less than all that need no more bits.
std::vector<Choice> without_dominated(std::vector<Choice> choices) {
  std::sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) {
    return std::tie(a.bits, a.cost, a.width) < std::tie(b.bits, b.cost, b.width);
  });
  std::vector<Choice> kept;
  for (const Choice& choice : choices) {
    if (kept.empty() || choice.cost < kept.back().cost) kept.push_back(choice);
  }
  return kept;
}

}  // namespace
// END SOLUTION 15.48

// TASK 15.48
std::vector<int> allocate_bits(const std::vector<std::vector<double>>& cost,
                               std::span<const std::int64_t> sizes, std::span<const int> widths,
                               std::int64_t budget) {
  // Layer after layer, keep a list of choices: bits, cost, and how to find the widths again. Drop
  // what can no longer stay within the budget and what another entry beats, or it doubles and
  // doubles. At the end walk back from the cheapest entry.
  // Try it by hand first: the header's example.
  // BEGIN SOLUTION 15.48
  require_costs(cost, sizes, widths);
  const std::int64_t weights = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  std::int64_t to_come = weights * widths.back();  // of the layers ahead, at the narrowest
  if (to_come > budget) {
    throw Error(concat("allocate_bits: ", weights, " weights of ", widths.back(), " bits are ",
                       to_come, " bits, the budget is ", budget));
  }
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
    if (lists.back().size() > kMaxChoices) {
      throw Error(concat("allocate_bits: ", lists.back().size(), " choices after layer ", l,
                         " of which none beats another, at most ", kMaxChoices,
                         "; offer fewer widths, or round sizes to multiples of 1024"));
    }
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

// BEGIN SOLUTION 15.49 helper
namespace {

void require_run(std::size_t layer, const LayerRun& run) {
  for (const float multiplier : run.multipliers) {
    if (std::isfinite(multiplier)) continue;
    throw Error(concat("first_divergence: layer ", layer, " has the multiplier ", multiplier));
  }
  if (run.range.qmin > run.range.qmax) {
    throw Error(concat("first_divergence: layer ", layer, " has the range [", run.range.qmin, ", ",
                       run.range.qmax, "]"));
  }
}

double saturated(double position, QRange range) {
  return std::clamp(std::nearbyint(position), static_cast<double>(range.qmin),
                    static_cast<double>(range.qmax));
}

Cause cause_of(const LayerTrace& layer, std::size_t element) {
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
}

}  // namespace
// END SOLUTION 15.49

// TASK 15.49
std::optional<Divergence> first_divergence(std::span<const LayerTrace> layers) {
  // Two nested loops and the first pair that differs. Why it differs is decided in the header's
  // order: a wrapped sum explains everything after it, and on two grids no position can be shared.
  // Try it by hand first: sum 25, multiplier 0.1, zero-point 0, codes 2 and 3: position 2.5, a tie.
  // BEGIN SOLUTION 15.49
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& [sums, integer, simulated] = layers[l];
    const std::size_t count = sums.size();
    const std::size_t out = integer.multipliers.size();
    if (out == 0 || count % out != 0 || simulated.multipliers.size() != out ||
        integer.codes.size() != count || simulated.codes.size() != count) {
      throw Error(concat("first_divergence: layer ", l, " has ", count, " sums, ", out, " and ",
                         simulated.multipliers.size(), " multipliers, ", integer.codes.size(),
                         " integer and ", simulated.codes.size(), " simulated codes"));
    }
    require_run(l, integer);
    require_run(l, simulated);
    for (std::size_t i = 0; i < count; ++i) {
      if (integer.codes[i] != simulated.codes[i]) return Divergence{l, i, cause_of(layers[l], i)};
    }
  }
  return std::nullopt;
  // END SOLUTION 15.49
}

}  // namespace tinytorch::quantization
