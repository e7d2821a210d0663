// The only part: which comes first.
#include "tinytorch/sorting/order.h"

#include "tinytorch/core/error.h"
#include "tinytorch/counting/sums.h"

namespace tinytorch::sorting {

// TASK 02.1
int smallest(std::span<const int> values) {
  // Keep the best seen so far: {3, 1, 2} gives 1.
  // BEGIN SOLUTION 02.1
  int best = values.front();
  for (const int value : values) {
    if (value < best) best = value;
  }
  return best;
  // END SOLUTION 02.1
}

// TASK 02.2
double above_smallest(std::span<const int> values) {
  // {1, 2} gives 0.5.
  // BEGIN SOLUTION 02.2
  return counting::mean(values) - smallest(values);
  // END SOLUTION 02.2
}

}  // namespace tinytorch::sorting
