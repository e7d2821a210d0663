// What can be timed, and the time between two readings.
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/profiling/latency.h"

namespace tinytorch::profiling {

void require_timing(std::string_view operation, const TimingOptions& options) {
  require_at_least(operation, "warmup", options.warmup, 0);
  require_at_least(operation, "samples", options.samples, 1);
  require_at_least(operation, "calls_per_sample", options.calls_per_sample, 1);
}

double elapsed(std::int64_t begin, std::int64_t end) {
  if (end < begin)
    throw Error(concat("elapsed: the clock ran backwards, from ", begin, " to ", end));
  return static_cast<double>(end - begin);
}

}  // namespace tinytorch::profiling
