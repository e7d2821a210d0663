// Part 5 of module 14: what a layer could reach, and what it does reach.
#include "tinytorch/profiling/roofline.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::profiling {

// TASK 14.14
double intensity(const Cost& cost) {
  require_at_least("intensity", "bytes", cost.bytes, 1);
  require_at_least("intensity", "FLOPs", cost.flops, 0);
  // Both counts are integers: mind the division.
  // Try it by hand first: 70 FLOPs and 144 bytes → 0.486….
  throw tinytorch::not_implemented("14.14");
}

double ridge_point(const Machine& machine) {
  // A number that was not measured throws by itself.
  // Try it by hand first: peak 100, bandwidth 20 → 5.
  throw tinytorch::not_implemented("14.14");
}

double attainable(const Machine& machine, double intensity) {
  require_intensity("attainable", intensity);
  // Two limits hold at once, so the lower one counts.
  // Try it by hand first: peak 100, bandwidth 20: 40 at intensity 2, 100 at 8.
  throw tinytorch::not_implemented("14.14");
}

Bound classify(const Machine& machine, double intensity) {
  // Which of the two limits is the lower one? On the ridge itself: kCompute.
  // Try it by hand first: peak 100, bandwidth 20: kMemory at 4.9, kCompute at 5.
  throw tinytorch::not_implemented("14.14");
}

// TASK 14.15
RooflinePoint place(const std::string& name, const Cost& cost, const Latency& latency,
                    const Machine& machine) {
  require_flops("place", name, cost);
  // Everything is there: intensity(), attainable(), classify(), and the median of the latency.
  // FLOPs a nanosecond are GFLOP/s; no factor of 10^9 anywhere.
  // Try it by hand first: 4000 FLOPs in 200 ns are 20 GFLOP/s; under a roof of 40, efficiency 0.5.
  throw tinytorch::not_implemented("14.15");
}

}  // namespace tinytorch::profiling
