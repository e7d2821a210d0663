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
  throw tinytorch::not_implemented("15.46");
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
  throw tinytorch::not_implemented("15.47");
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
  throw tinytorch::not_implemented("15.48");
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
  throw tinytorch::not_implemented("15.48");
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
  throw tinytorch::not_implemented("15.49");
}

}  // namespace

// TASK 15.49
std::optional<Divergence> first_divergence(std::span<const LayerTrace> layers) {
  // Two nested loops and the first pair that differs.
  // Try it by hand first: codes (1, 2) and (1, 3) in layer 0 → layer 0, element 1.
  require_traces("first_divergence", layers);
  throw tinytorch::not_implemented("15.49");
}

}  // namespace tinytorch::quantization
