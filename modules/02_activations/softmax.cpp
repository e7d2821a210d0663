// Softmax along a dimension. The contract is tinytorch/kernels/softmax.h.
#include "tinytorch/kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {

// --- 02.4 Softmax ---

// For every line:
//   1. Find its largest value.
//   2. out = e^(x − largest), and the sum of those, in double: a line may be long.
//   3. Divide by the sum.
//   {1, 2, 3} → {0.0900306, 0.2447285, 0.6652409}, and {1001, 1002, 1003} gives the same.
void softmax(std::span<const float> x, const Block& block, std::span<float> out) {
  throw tinytorch::not_implemented("02.4");
}

// --- 02.5 Log-softmax ---

// For every line: the largest value, the sum of e^(x − largest) in double, its logarithm, and then
// out = x − largest − log(sum).
//   {0, 200} → {-200, 0}. The logarithm of softmax would be {-inf, 0}.
void log_softmax(std::span<const float> x, const Block& block, std::span<float> out) {
  throw tinytorch::not_implemented("02.5");
}

}  // namespace tinytorch::kernels
