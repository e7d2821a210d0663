#include "tinytorch/quantization/arithmetic/detail/observe_ends.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/float_order.h"

namespace tinytorch::quantization::detail {

bool observe_ends(std::span<const float> batch, bool& seen, Range& range) {
  if (batch.empty()) return true;
  std::int32_t lowest = float_rank(batch[0]);
  std::int32_t highest = lowest;
  for (const float x : batch) {
    lowest = std::min(lowest, float_rank(x));
    highest = std::max(highest, float_rank(x));
  }
  Range now{float_of_rank(lowest), float_of_rank(highest)};
  if (!std::isfinite(now.min) || !std::isfinite(now.max)) return false;
  // -0 ranks below 0, but neither is less than the other: the first one stays.
  if (now.min == 0.0f) now.min = *std::find(batch.begin(), batch.end(), 0.0f);
  if (now.max == 0.0f) now.max = *std::find(batch.begin(), batch.end(), 0.0f);
  range = seen ? Range{std::min(range.min, now.min), std::max(range.max, now.max)} : now;
  seen = true;
  return true;
}

}  // namespace tinytorch::quantization::detail
