// Part 5 of module 14: what a layer could reach, and what it does reach.
#include "tinytorch/profiling/roofline.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::profiling {

// TASK 14.14
double intensity(const Cost& cost) {
  // Both counts are integers: mind the division.
  // Try it by hand first: 70 FLOPs and 144 bytes → 0.486….
  throw tinytorch::not_implemented("14.14");
}

double ridge_point(const Machine& machine) {
  throw tinytorch::not_implemented("14.14");
}

double attainable(const Machine& machine, double intensity) {
  // Two limits hold at once, so the lower one counts. NaN must not slip through the check.
  throw tinytorch::not_implemented("14.14");
}

Bound classify(const Machine& machine, double intensity) {
  // Which of the two limits is the lower one? On the ridge itself: kCompute.
  throw tinytorch::not_implemented("14.14");
}

// TASK 14.15
RooflinePoint place(const std::string& name, const Cost& cost, const Latency& latency,
                    const Machine& machine) {
  // Everything is there: intensity(), attainable(), classify(), and the median of the latency.
  // FLOPs a nanosecond are GFLOP/s; no factor of 10^9 anywhere.
  throw tinytorch::not_implemented("14.15");
}

}  // namespace tinytorch::profiling
