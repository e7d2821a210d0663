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
  // BEGIN SOLUTION 08.5
  if (!(test_fraction > 0.0 && test_fraction < 1.0)) {
    throw Error(concat("stratified_split: test fraction ", test_fraction,
                       "; expected more than 0 and less than 1"));
  }
  std::map<std::int64_t, std::vector<std::int64_t>> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    classes[labels[i]].push_back(static_cast<std::int64_t>(i));
  }
  Split split;
  for (auto& [label, indices] : classes) {
    rng.shuffle(indices);
    const auto count = std::llround(static_cast<double>(indices.size()) * test_fraction);
    const auto border = indices.begin() + count;
    split.test.insert(split.test.end(), indices.begin(), border);
    split.train.insert(split.train.end(), border, indices.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.test.begin(), split.test.end());
  return split;
  // END SOLUTION 08.5
}

}  // namespace tinytorch::data
