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
  // BEGIN SOLUTION 14.11
  for (int call = 0; call < options.warmup; ++call) work();

  std::vector<double> samples;
  samples.reserve(static_cast<std::size_t>(options.samples));
  for (int sample = 0; sample < options.samples; ++sample) {
    const std::int64_t begin = clock();
    for (int call = 0; call < options.calls_per_sample; ++call) work();
    const std::int64_t end = clock();
    samples.push_back(elapsed(begin, end) / options.calls_per_sample);
  }
  return samples;
  // END SOLUTION 14.11
}

// TASK 14.12
TrainingLatency time_training(const std::function<Tensor()>& forward, const TimingOptions& options,
                              const Clock& clock) {
  require_timing("time_training", options);
  require_between("time_training", "calls_per_sample", options.calls_per_sample, 1, 1);
  // Warm up both passes: the first backward allocates every gradient. Then three readings a sample
  // split it into two durations; two vectors of samples go through summarize().
  // Try it by hand first: clock at 0, 100, 350: forward 100, backward 250.
  // BEGIN SOLUTION 14.12
  for (int step = 0; step < options.warmup; ++step) forward().backward();

  std::vector<double> forwards;
  std::vector<double> backwards;
  for (int step = 0; step < options.samples; ++step) {
    const std::int64_t begin = clock();
    const Tensor loss = forward();
    const std::int64_t middle = clock();
    loss.backward();
    const std::int64_t end = clock();
    forwards.push_back(elapsed(begin, middle));
    backwards.push_back(elapsed(middle, end));
  }
  return {summarize(forwards), summarize(backwards)};
  // END SOLUTION 14.12
}

double backward_over_forward(const TrainingLatency& latency) {
  // A median that was not measured throws by itself.
  // Try it by hand first: medians 250 and 100 → 2.5.
  // BEGIN SOLUTION 14.12
  return latency.backward.median.value() / latency.forward.median.value();
  // END SOLUTION 14.12
}

// TASK 14.13
SwitchCost switch_cost(std::span<const double> steps_before, std::span<const double> steps_after) {
  require_at_least("switch_cost", "steps before", std::ssize(steps_before), 3);
  require_at_least("switch_cost", "steps after", std::ssize(steps_after), 3);
  // The median does not notice the one slow step; the sum does. Their difference is its cost.
  // Try it by hand first: before {10, 10, 10}, after {100, 11, 11, 11}: 11 a step, once 89.
  // BEGIN SOLUTION 14.13
  const double after = median(steps_after);
  const double total = std::accumulate(steps_after.begin(), steps_after.end(), 0.0);
  require_finite("switch_cost", "the sum of the steps after", total);
  return {median(steps_before), after, total - static_cast<double>(steps_after.size()) * after};
  // END SOLUTION 14.13
}

}  // namespace tinytorch::profiling
