// The mean of most things.
#include "tinytorch/counting/sums.h"

#include <limits>

namespace tinytorch::counting {

std::int64_t total(std::span<const int> values) {
  std::int64_t sum = 0;
  for (const int value : values) sum += value;
  return sum;
}

double mean(std::span<const int>) { return 0.0; }

}  // namespace tinytorch::counting
