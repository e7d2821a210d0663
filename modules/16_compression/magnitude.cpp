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
  throw tinytorch::not_implemented("16.1");
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
  throw tinytorch::not_implemented("16.2");
}

void apply_masks(std::span<const MaskedWeight> masks) {
  for (const MaskedWeight& masked : masks) {
    require_count("apply_masks", concat("places in the mask of ", masked.name), masked.keep.size(),
                  masked.weight.data().size());
  }
  // Write 0.0f where the mask says 0. A const Tensor gives const values: copy the handle,
  // `Tensor weight = masked.weight;`, and write through the copy.
  // Try it by hand first: {-0.3, 0.5}, mask {0, 1} → {0, 0.5}.
  throw tinytorch::not_implemented("16.2");
}

}  // namespace tinytorch::compression
