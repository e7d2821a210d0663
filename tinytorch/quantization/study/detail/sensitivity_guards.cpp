#include "tinytorch/quantization/study/detail/sensitivity_guards.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {
namespace {

// "first_divergence: layer 1"
std::string at_layer(std::string_view operation, std::size_t layer) {
  return concat(operation, ": layer ", layer);
}

void require_row(const std::string& layer, std::span<const double> costs, std::size_t widths) {
  require_count(layer, "costs", costs.size(), widths);
  for (const double cost : costs) require_finite(layer, "a cost", cost);
}

void require_run(const std::string& layer, const LayerRun& run, const LayerTrace& trace) {
  require_not_empty(layer, "multipliers", run.multipliers.size());
  require_count(layer, "multipliers", run.multipliers.size(), trace.integer.multipliers.size());
  require_count(layer, "codes", run.codes.size(), trace.sums.size());
  require_divides(layer, "sums", trace.sums.size(), "multipliers",
                  static_cast<std::int64_t>(run.multipliers.size()));
  require_finite(layer, "multiplier", run.multipliers);
  if (run.range.qmin <= run.range.qmax) return;
  throw Error(concat(layer, ": qmin must be at most qmax, got [", run.range.qmin, ", ",
                     run.range.qmax, "]"));
}

}  // namespace

void require_descending(std::string_view operation, std::span<const int> widths) {
  require_not_empty(operation, "widths", widths.size());
  if (std::adjacent_find(widths.begin(), widths.end(), std::less_equal<>()) == widths.end()) return;
  throw Error(concat(operation, ": widths must descend, the widest first: 8, 6, 4"));
}

void require_costs(std::string_view operation, const std::vector<std::vector<double>>& cost,
                   std::span<const std::int64_t> sizes, std::span<const int> widths) {
  require_not_empty(operation, "layers", sizes.size());
  require_count(operation, "rows of costs", cost.size(), sizes.size());
  require_descending(operation, widths);
  require_at_least(operation, "the narrowest width", widths.back(), 1);
  std::int64_t so_far = 0;  // weights
  double largest = 0.0;     // no total is beyond it
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    require_row(at_layer(operation, l), cost[l], widths.size());
    require_at_least(at_layer(operation, l), "the size", sizes[l], 1);
    const auto [least, most] = std::minmax_element(cost[l].begin(), cost[l].end());
    largest += std::max(std::abs(*least), std::abs(*most));
    if (__builtin_add_overflow(so_far, sizes[l], &so_far) ||
        !checked_product({so_far, widths[0]})) {
      throw Error(concat(operation, ": with layer ", l, " of ", sizes[l], " weights at ", widths[0],
                         " bits the sum does not fit in 64 bits; check the sizes"));
    }
  }
  require_finite(operation, "the sum of the largest costs", largest);
}

void require_budget(std::string_view operation, std::span<const std::int64_t> sizes,
                    std::span<const int> widths, std::int64_t budget) {
  const std::int64_t weights = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  const std::int64_t least = weights * widths.back();
  if (least <= budget) return;
  throw Error(concat(operation, ": ", weights, " weights of ", widths.back(), " bits are ", least,
                     " bits, the budget is ", budget));
}

void require_few_choices(std::string_view operation, std::size_t choices, std::size_t layer) {
  if (choices <= kMaxChoices) return;
  throw Error(concat(operation, ": ", choices, " choices after layer ", layer,
                     " of which none beats another, at most ", kMaxChoices,
                     "; offer fewer widths, or round sizes to multiples of 1024"));
}

void require_traces(std::string_view operation, std::span<const LayerTrace> layers) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    require_run(at_layer(operation, l), layers[l].integer, layers[l]);
    require_run(at_layer(operation, l), layers[l].simulated, layers[l]);
  }
}

}  // namespace tinytorch::quantization
