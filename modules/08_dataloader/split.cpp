// Stratified splitting. The contract is tinytorch/data/split.h.
#include "tinytorch/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tinytorch/core/error.h"

namespace tinytorch::data {

// --- 08.5 Stratified split ---

// A plain random split can leave a rare class out of the test set altogether. Split class by class:
//   1. Collect the indices of each label; a std::map gives the labels in ascending order.
//   2. Shuffle each class's indices with rng.
//   3. The first llround(count · test_fraction) go to test, the others to train.
//   4. Sort both lists.
//   labels {0, 0, 0, 0, 1, 1}, fraction 0.5: test has two of class 0 and one of class 1.
Split stratified_split(std::span<const std::int64_t> labels, double test_fraction, Rng& rng) {
  throw tinytorch::not_implemented("08.5");
}

}  // namespace tinytorch::data
