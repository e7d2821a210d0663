// Part 4 of module 14: how long it takes.
#include "tinytorch/profiling/latency.h"

#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"

namespace tinytorch::profiling {

// TASK 14.11
std::vector<double> time_calls(const std::function<void()>& work, const TimingOptions& options,
                               const Clock& clock) {
  // Check the options and name all three. Warm up. Then each sample is: clock, calls, clock.
  // Storing the result happens after the second reading, or you would time that as well.
  // Try it by hand first: two calls a sample, clock at 100 and then at 700 → 300.
  throw tinytorch::not_implemented("14.11");
}

// TASK 14.12
TrainingLatency time_training(const std::function<Tensor()>& forward, const TimingOptions& options,
                              const Clock& clock) {
  // Warm up both passes: the first backward allocates every gradient. Then three readings a sample
  // split it into two durations; two vectors of samples go through summarize().
  throw tinytorch::not_implemented("14.12");
}

double backward_over_forward(const TrainingLatency& latency) {
  throw tinytorch::not_implemented("14.12");
}

// TASK 14.13
SwitchCost switch_cost(std::span<const double> steps_before, std::span<const double> steps_after) {
  // The median does not notice the one slow step; the sum does. Their difference is its cost.
  // Try it by hand first: before {10, 10, 10}, after {100, 11, 11, 11}: 11 a step, once 89.
  throw tinytorch::not_implemented("14.13");
}

}  // namespace tinytorch::profiling
