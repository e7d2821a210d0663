// Part 5 of module 16: one wide layer becomes two narrow ones.
#include "tinytorch/compression/low_rank.h"

#include <cmath>

#include "tinytorch/compression/layers.h"
#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"

namespace tinytorch::compression {

// TASK 16.8
std::int64_t rank_for_energy(std::span<const float> singular_values, double energy) {
  // The sum of all squares first; then add them up again from the largest until the share is
  // reached. Energies are squares: a singular value half as large carries a quarter.
  // Try it by hand first: {4, 2, 1, 0}, 0.95: 16 < 19.95, 20 >= 19.95 → rank 2.
  throw tinytorch::not_implemented("16.8");
}

double discarded_norm(std::span<const float> singular_values, std::int64_t rank) {
  // From `rank` on: the first `rank` values are kept.
  throw tinytorch::not_implemented("16.8");
}

std::int64_t largest_saving_rank(std::int64_t in, std::int64_t out) {
  // rank · (in + out) <= in · out − 1, in whole numbers.
  throw tinytorch::not_implemented("16.8");
}

std::shared_ptr<nn::Sequential> factorize(const nn::Linear& layer, std::int64_t rank) {
  // svd() of the weight, then two tensors, element by element, and two linear_with(). Row-major:
  // u[o, i] stands at o · r_full + i of u.data(), where r_full = min(in, out), and not at
  // o · rank + i.
  throw tinytorch::not_implemented("16.8");
}

}  // namespace tinytorch::compression
