// Part 1 of module 16: small weights become zeros.
// The contract of every function, with its formula and an example, is in the header.
#include "tinytorch/compression/magnitude.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/compression/require.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {

// TASK 16.1
Mask keep_largest(std::span<const float> weights, double ratio) {
  const auto count = static_cast<std::int64_t>(weights.size());
  require_not_empty("keep_largest", "weights", weights.size());
  require_ratio("keep_largest", ratio, count, "weights");
  require_finite("keep_largest", "weight", weights);
  // How many go is known before you look at a single value: rint(ratio · n). Which ones: sort the
  // numbers 0 to n − 1 by magnitude, the largest first, and let the end of that order go.
  // A threshold ("everything below 0.02") would prune too many or too few where magnitudes are
  // equal.
  // Try it by hand first: {0.5, -0.1, 0.3, -0.9}, 0.5 → order 3 0 2 1 → mask {1, 0, 0, 1}.
  // BEGIN SOLUTION 16.1
  const auto pruned =
      static_cast<std::size_t>(std::nearbyint(ratio * static_cast<double>(weights.size())));
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(weights[a]) > std::abs(weights[b]);
  });
  Mask keep(weights.size(), 1);
  for (std::size_t i = order.size() - pruned; i < order.size(); ++i) keep[order[i]] = 0;
  return keep;
  // END SOLUTION 16.1
}

// TASK 16.2
std::vector<MaskedWeight> make_masks(const std::vector<nn::NamedTensor>& weights, double ratio,
                                     Scope scope) {
  require_not_empty("make_masks", "weights", weights.size());
  for (const auto& [name, weight] : weights) {
    require_finite(concat("make_masks: ", name), "value", weight.data());
  }
  // Global: one keep_largest() over all_values(), and walk through its mask with an offset that
  // grows by weight.numel(). In both cases a mask of zeros only is an Error that names the tensor:
  // throw Error(concat("make_masks: ", name, …)).
  // Try it by hand first: {1, 5} and {2, 9, 3}, 0.4 → 2 of 5 go: masks {0, 1} and {0, 1, 1}.
  // BEGIN SOLUTION 16.2
  Mask global;
  if (scope == Scope::kGlobal) global = keep_largest(all_values(weights), ratio);
  std::vector<MaskedWeight> masks;
  auto from = global.begin();
  for (const auto& [name, weight] : weights) {
    Mask keep;
    if (scope == Scope::kGlobal) {
      keep.assign(from, from + weight.numel());
      from += weight.numel();
    } else {
      keep = keep_largest(weight.data(), ratio);
    }
    if (std::count(keep.begin(), keep.end(), 1) == 0) {
      throw Error(concat("make_masks: ", name, " would lose all of its weights at ratio ", ratio,
                         "; prune less, or per layer"));
    }
    masks.push_back({name, weight, std::move(keep)});
  }
  return masks;
  // END SOLUTION 16.2
}

void apply_masks(std::span<const MaskedWeight> masks) {
  for (const MaskedWeight& masked : masks) {
    require_count("apply_masks", concat("places in the mask of ", masked.name), masked.keep.size(),
                  masked.weight.data().size());
  }
  // Write 0.0f where the mask says 0. A const Tensor gives const values: copy the handle,
  // `Tensor weight = masked.weight;`, and write through the copy.
  // Try it by hand first: {-0.3, 0.5}, mask {0, 1} → {0, 0.5}.
  // BEGIN SOLUTION 16.2
  for (const MaskedWeight& masked : masks) {
    Tensor weight = masked.weight;
    const std::span<float> values = weight.data();
    for (std::size_t i = 0; i < masked.keep.size(); ++i) {
      if (masked.keep[i] == 0) values[i] = 0.0f;
    }
  }
  // END SOLUTION 16.2
}

}  // namespace tinytorch::compression
