#include "tinytorch/quantization/arithmetic/detail/calibration_guards.h"

#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {

void require_channel_blocks(std::string_view operation, std::size_t size, std::int64_t channels,
                            std::int64_t inner) {
  require_at_least(operation, "inner", inner, 1);
  const auto count = static_cast<std::int64_t>(size);
  // A block that is larger than `count` is never multiplied out, so that it cannot overflow.
  if (count == 0 || (inner <= count / channels && count % (channels * inner) == 0)) return;
  throw Error(concat(operation, ": ", count, " values are not [outer, ", channels, ", ", inner,
                     "]; inner is the number of values a channel has side by side"));
}

void require_counts(std::string_view operation, std::string_view what,
                    std::span<const double> counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (std::isfinite(counts[i]) && counts[i] >= 0.0) continue;
    throw Error(
        concat(operation, ": ", what, "[", i, "] must be finite and at least 0, got ", counts[i]));
  }
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
  if (sum > 0.0) return;
  throw Error(concat(operation, ": the sum of ", what, " must be positive, got ", sum));
}

}  // namespace tinytorch::quantization
