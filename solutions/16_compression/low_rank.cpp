// Part 5 of module 16: one wide layer becomes two narrow ones.
#include "tinytorch/compression/low_rank.h"

#include <cmath>

#include "tinytorch/compression/layers.h"
#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"

namespace tinytorch::compression {
// BEGIN SOLUTION 16.8 helper
namespace {

double square(float value) { return static_cast<double>(value) * static_cast<double>(value); }

void check_singular_values(const char* op, std::span<const float> s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!(s[i] >= 0.0f) || !std::isfinite(s[i]) || (i > 0 && s[i] > s[i - 1])) {
      throw Error(concat(op, ": singular value ", i, " is ", s[i],
                         "; they are finite, not negative, and descend"));
    }
  }
}

}  // namespace
// END SOLUTION 16.8

// TASK 16.8
std::int64_t rank_for_energy(std::span<const float> singular_values, double energy) {
  // The sum of all squares first; then add them up again from the largest until the share is
  // reached. Energies are squares: a singular value half as large carries a quarter.
  // Try it by hand first: {4, 2, 1, 0}, 0.95: 16 < 19.95, 20 >= 19.95 → rank 2.
  // BEGIN SOLUTION 16.8
  if (!(energy > 0.0 && energy <= 1.0)) {
    throw Error(concat("rank_for_energy: energy ", energy, "; expected 0 < energy <= 1"));
  }
  if (singular_values.empty()) throw Error("rank_for_energy: no singular values");
  check_singular_values("rank_for_energy", singular_values);
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
  // From `rank` on: the first `rank` values are kept.
  // BEGIN SOLUTION 16.8
  const auto count = static_cast<std::int64_t>(singular_values.size());
  if (rank < 0 || rank > count) {
    throw Error(concat("discarded_norm: rank ", rank, " of ", count, " singular values"));
  }
  check_singular_values("discarded_norm", singular_values);
  double total = 0.0;
  for (const float s : singular_values.subspan(static_cast<std::size_t>(rank))) total += square(s);
  return std::sqrt(total);
  // END SOLUTION 16.8
}

std::int64_t largest_saving_rank(std::int64_t in, std::int64_t out) {
  // rank · (in + out) <= in · out − 1, in whole numbers.
  // BEGIN SOLUTION 16.8
  if (in < 1 || out < 1) throw Error(concat("largest_saving_rank: ", in, " × ", out));
  // With the 2 the sum below fits too.
  if (!checked_product({2, in, out})) {
    throw Error(concat("largest_saving_rank: ", in, " × ", out, " weights do not fit in 64 bits"));
  }
  return (in * out - 1) / (in + out);
  // END SOLUTION 16.8
}

std::shared_ptr<nn::Sequential> factorize(const nn::Linear& layer, std::int64_t rank) {
  // svd() of the weight, then two tensors, element by element, and two linear_with(). Row-major:
  // u[o, i] stands at o · r_full + i of u.data(), where r_full = min(in, out), and not at
  // o · rank + i.
  // BEGIN SOLUTION 16.8
  const std::int64_t in = layer.in_features();
  const std::int64_t out = layer.out_features();
  const std::int64_t full = std::min(in, out);
  if (rank < 1 || rank > full) {
    throw Error(
        concat("factorize: rank ", rank, " of a layer ", in, " → ", out, "; expected 1 to ", full));
  }
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
