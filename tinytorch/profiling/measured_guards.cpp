// What can be put in order.
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/profiling/measured.h"

namespace tinytorch::profiling {

void require_samples(std::string_view operation, std::span<const double> samples) {
  require_not_empty(operation, "the list of samples", samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (std::isfinite(samples[i])) continue;
    throw Error(concat(operation, ": sample[", i, "] must be finite, got ", samples[i]));
  }
}

}  // namespace tinytorch::profiling
