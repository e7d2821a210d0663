// Part 5 of module 16: one wide layer becomes two narrow ones.
#include "tinytorch/compression/low_rank.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/compression/layers.h"
#include "tinytorch/compression/require.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {
// BEGIN SOLUTION 16.8 helper
namespace {

double square(float value) { return static_cast<double>(value) * static_cast<double>(value); }

}  // namespace
// END SOLUTION 16.8

// TASK 16.8
std::int64_t rank_for_energy(std::span<const float> singular_values, double energy) {
  require_positive("rank_for_energy", "energy", energy);
  require_within("rank_for_energy", "energy", energy, 0.0, 1.0);
  require_not_empty("rank_for_energy", "singular values", singular_values.size());
  require_singular_values("rank_for_energy", singular_values);
  // The sum of all squares first; then add them up again from the largest until the share is
  // reached. Energies are squares: a singular value half as large carries a quarter.
  // Try it by hand first: {4, 2, 1, 0}, 0.95: 16 < 19.95, 20 >= 19.95 → rank 2.
  // BEGIN SOLUTION 16.8
  double total = 0.0;
  for (const float s : singular_values) total += square(s);
  double kept = 0.0;
  std::int64_t rank = 0;
  do {
    kept += square(singular_values[static_cast<std::size_t>(rank)]);
    ++rank;
  } while (kept < energy * total);
  return rank;
  // END SOLUTION 16.8
}

double discarded_norm(std::span<const float> singular_values, std::int64_t rank) {
  const auto count = static_cast<std::int64_t>(singular_values.size());
  require_between("discarded_norm", "rank", rank, 0, count);
  require_singular_values("discarded_norm", singular_values);
  // From `rank` on: the first `rank` values are kept.
  // Try it by hand first: {4, 2, 1, 0}, rank 1: √(4 + 1 + 0) = √5.
  // BEGIN SOLUTION 16.8
  double total = 0.0;
  for (const float s : singular_values.subspan(static_cast<std::size_t>(rank))) total += square(s);
  return std::sqrt(total);
  // END SOLUTION 16.8
}

std::int64_t largest_saving_rank(std::int64_t in, std::int64_t out) {
  require_layer_size("largest_saving_rank", in, out);
  // rank · (in + out) <= in · out − 1, in whole numbers.
  // Try it by hand first: 12 and 4: 47 / 16 = 2.
  // BEGIN SOLUTION 16.8
  return (in * out - 1) / (in + out);
  // END SOLUTION 16.8
}

std::shared_ptr<nn::Sequential> factorize(const nn::Linear& layer, std::int64_t rank) {
  const std::int64_t in = layer.in_features();
  const std::int64_t out = layer.out_features();
  require_between("factorize", "rank", rank, 1, std::min(in, out));
  // svd() of the weight, then two tensors, element by element, and two linear_with(). Row-major:
  // u[o, i] stands at o · r_full + i of u.data(), where r_full = min(in, out), and not at
  // o · rank + i.
  // BEGIN SOLUTION 16.8
  const auto [u, s, vt] = svd(layer.weight());
  Tensor first(Shape{rank, in});
  Tensor second(Shape{out, rank});
  for (std::int64_t i = 0; i < rank; ++i) {
    const float root = std::sqrt(s[static_cast<std::size_t>(i)]);
    for (std::int64_t k = 0; k < in; ++k) {
      first.data()[static_cast<std::size_t>(i * in + k)] = root * vt.at({i, k});
    }
    for (std::int64_t o = 0; o < out; ++o) {
      second.data()[static_cast<std::size_t>(o * rank + i)] = u.at({o, i}) * root;
    }
  }
  auto pair = std::make_shared<nn::Sequential>();
  pair->append(linear_with(first, Tensor())).append(linear_with(second, layer.bias()));
  return pair;
  // END SOLUTION 16.8
}

}  // namespace tinytorch::compression
