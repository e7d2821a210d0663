// Part 4 of module 14: how long it takes.
#include "tinytorch/profiling/latency.h"

#include <iterator>
#include <numeric>

#include "tinytorch/core/require.h"

namespace tinytorch::profiling {

// TASK 14.11
std::vector<double> time_calls(const std::function<void()>& work, const TimingOptions& options,
                               const Clock& clock) {
  require_timing("time_calls", options);
  // Warm up. Then each sample is: clock, calls, clock; elapsed() is the time between two readings.
  // Storing the result happens after the second reading, or you would time that as well.
  // Try it by hand first: two calls a sample, clock at 100 and then at 700 → 300.
  throw tinytorch::not_implemented("14.11");
}

// TASK 14.12
TrainingLatency time_training(const std::function<Tensor()>& forward, const TimingOptions& options,
                              const Clock& clock) {
  require_timing("time_training", options);
  require_between("time_training", "calls_per_sample", options.calls_per_sample, 1, 1);
  // Warm up both passes: the first backward allocates every gradient. Then three readings a sample
  // split it into two durations; two vectors of samples go through summarize().
  // Try it by hand first: clock at 0, 100, 350: forward 100, backward 250.
  throw tinytorch::not_implemented("14.12");
}

double backward_over_forward(const TrainingLatency& latency) {
  // A median that was not measured throws by itself.
  // Try it by hand first: medians 250 and 100 → 2.5.
  throw tinytorch::not_implemented("14.12");
}

// TASK 14.13
SwitchCost switch_cost(std::span<const double> steps_before, std::span<const double> steps_after) {
  require_at_least("switch_cost", "steps before", std::ssize(steps_before), 3);
  require_at_least("switch_cost", "steps after", std::ssize(steps_after), 3);
  // The median does not notice the one slow step; the sum does. Their difference is its cost.
  // Try it by hand first: before {10, 10, 10}, after {100, 11, 11, 11}: 11 a step, once 89.
  throw tinytorch::not_implemented("14.13");
}

}  // namespace tinytorch::profiling
