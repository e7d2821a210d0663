// Softmax along a dimension. The contract is tinytorch/kernels/softmax.h.
#include "tinytorch/kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {
// BEGIN SOLUTION 02.4 helper
namespace {

// Calls visit(first) for every line: its values stand at first, first + inner, first + 2·inner, …
template <typename Visit>
void for_each_line(const Block& block, Visit visit) {
  if (block.size == 0) return;
  for (std::int64_t o = 0; o < block.outer; ++o) {
    for (std::int64_t i = 0; i < block.inner; ++i) {
      visit(static_cast<std::size_t>(o * block.size * block.inner + i));
    }
  }
}

float largest(std::span<const float> x, std::size_t first, const Block& block) {
  const auto step = static_cast<std::size_t>(block.inner);
  const auto size = static_cast<std::size_t>(block.size);
  float value = x[first];
  for (std::size_t s = 1; s < size; ++s) value = std::max(value, x[first + s * step]);
  return value;
}

}  // namespace
// END SOLUTION 02.4

// --- 02.4 Softmax ---

// For every line:
//   1. Find its largest value.
//   2. out = e^(x − largest), and the sum of those, in double: a line may be long.
//   3. Divide by the sum.
//   {1, 2, 3} → {0.0900306, 0.2447285, 0.6652409}, and {1001, 1002, 1003} gives the same.
void softmax(std::span<const float> x, const Block& block, std::span<float> out) {
  // BEGIN SOLUTION 02.4
  const auto step = static_cast<std::size_t>(block.inner);
  const auto size = static_cast<std::size_t>(block.size);
  for_each_line(block, [&](std::size_t first) {
    const float top = largest(x, first, block);
    double total = 0.0;
    for (std::size_t s = 0; s < size; ++s) {
      const float e = std::exp(x[first + s * step] - top);
      out[first + s * step] = e;
      total += static_cast<double>(e);
    }
    const auto divisor = static_cast<float>(total);
    for (std::size_t s = 0; s < size; ++s) out[first + s * step] /= divisor;
  });
  // END SOLUTION 02.4
}

// --- 02.5 Log-softmax ---

// For every line: the largest value, the sum of e^(x − largest) in double, its logarithm, and then
// out = x − largest − log(sum).
//   {0, 200} → {-200, 0}. The logarithm of softmax would be {-inf, 0}.
void log_softmax(std::span<const float> x, const Block& block, std::span<float> out) {
  // BEGIN SOLUTION 02.5
  const auto step = static_cast<std::size_t>(block.inner);
  const auto size = static_cast<std::size_t>(block.size);
  for_each_line(block, [&](std::size_t first) {
    const float top = largest(x, first, block);
    double total = 0.0;
    for (std::size_t s = 0; s < size; ++s) {
      total += static_cast<double>(std::exp(x[first + s * step] - top));
    }
    const auto log_total = static_cast<float>(std::log(total));
    for (std::size_t s = 0; s < size; ++s) {
      out[first + s * step] = x[first + s * step] - top - log_total;
    }
  });
  // END SOLUTION 02.5
}

}  // namespace tinytorch::kernels
