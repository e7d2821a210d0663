// Part 1 of module 16: small weights become zeros.
// The contract of every function, with its formula and an example, is in the header.
#include "tinytorch/compression/magnitude.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::compression {
// BEGIN SOLUTION 16.1 helper
namespace {

void check_prunable(std::span<const float> weights, double ratio) {
  if (!(ratio >= 0.0 && ratio < 1.0)) {
    throw Error(concat("prune: ratio ", ratio, "; expected 0 <= ratio < 1"));
  }
  if (weights.empty()) throw Error("prune: no weights");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i])) throw Error(concat("prune: weight[", i, "] is ", weights[i]));
  }
}

}  // namespace
// END SOLUTION 16.1

// TASK 16.1
Mask keep_largest(std::span<const float> weights, double ratio) {
  // How many go is known before you look at a single value: rint(ratio · n). Which ones: sort the
  // numbers 0 to n − 1 by magnitude, the largest first, and let the end of that order go.
  // A threshold ("everything below 0.02") would prune too many or too few where magnitudes are
  // equal.
  // Try it by hand first: {0.5, -0.1, 0.3, -0.9}, 0.5 → order 3 0 2 1 → mask {1, 0, 0, 1}.
  // BEGIN SOLUTION 16.1
  check_prunable(weights, ratio);
  const auto pruned =
      static_cast<std::size_t>(std::nearbyint(ratio * static_cast<double>(weights.size())));
  if (pruned == weights.size()) {
    throw Error(concat("prune: ratio ", ratio, " of ", weights.size(),
                       " weights leaves none; nothing would pass through"));
  }
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
// BEGIN SOLUTION 16.2 helper
namespace {

std::span<const float> values_of(const Tensor& tensor) { return tensor.data(); }

void check_finite(const std::string& name, std::span<const float> values) {
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (std::isfinite(values[at])) continue;
    throw Error(concat("prune: ", name, ": value ", at, " is ", values[at],
                       "; look where training blew up"));
  }
}

std::vector<float> all_values(const std::vector<nn::NamedTensor>& weights) {
  std::vector<float> all;
  for (const auto& [name, weight] : weights) {
    all.insert(all.end(), values_of(weight).begin(), values_of(weight).end());
  }
  return all;
}

}  // namespace
// END SOLUTION 16.2

// TASK 16.2
std::vector<MaskedWeight> make_masks(const std::vector<nn::NamedTensor>& weights, double ratio,
                                     Scope scope) {
  // Global: put all values into one vector, one keep_largest(), and walk through its mask with an
  // offset that grows by weight.numel(). In both cases a mask of zeros only is an Error that names
  // the tensor.
  // Try it by hand first: {1, 5} and {2, 9, 3}, 0.4 → 2 of 5 go: masks {0, 1} and {0, 1, 1}.
  // BEGIN SOLUTION 16.2
  if (weights.empty()) throw Error("prune: no weights");
  for (const auto& [name, weight] : weights) check_finite(name, values_of(weight));
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
      keep = keep_largest(values_of(weight), ratio);
    }
    if (std::count(keep.begin(), keep.end(), 1) == 0) {
      throw Error(concat("prune: ratio ", ratio, " would take all ", keep.size(), " weights of ",
                         name, "; prune less, or per layer"));
    }
    masks.push_back({name, weight, std::move(keep)});
  }
  return masks;
  // END SOLUTION 16.2
}

void apply_masks(std::span<const MaskedWeight> masks) {
  // All sizes first, then write 0.0f where the mask says 0. A const Tensor gives const values:
  // copy the handle, `Tensor weight = masked.weight;`, and write through the copy.
  // BEGIN SOLUTION 16.2
  for (const MaskedWeight& masked : masks) {
    if (masked.keep.size() != static_cast<std::size_t>(masked.weight.numel())) {
      throw Error(concat("apply_masks: a mask of ", masked.keep.size(), " for ", masked.name,
                         ", which has ", masked.weight.numel(), " weights"));
    }
  }
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
