// Part 1: adding up.
#include "tinytorch/counting/sums.h"

#include "tinytorch/core/error.h"

namespace tinytorch::counting {

// TASK 01.1
std::int64_t total(std::span<const int> values) {
  // Begin with 0 and add each value: {1, 2, 3} gives 6.
  // BEGIN SOLUTION 01.1
  std::int64_t sum = 0;
  for (const int value : values) sum += value;
  return sum;
  // END SOLUTION 01.1
}

// TASK 01.2
double mean(std::span<const int> values) {
  // Refuse no values; otherwise divide the total by their count: {1, 2} gives 1.5.
  // BEGIN SOLUTION 01.2
  if (values.empty()) throw Error("mean: no values; give at least one");
  return static_cast<double>(total(values)) / static_cast<double>(values.size());
  // END SOLUTION 01.2
}

}  // namespace tinytorch::counting
