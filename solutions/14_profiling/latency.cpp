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
  // BEGIN SOLUTION 14.11
  if (options.warmup < 0 || options.samples < 1 || options.calls_per_sample < 1) {
    throw Error(concat("time_calls: ", options.warmup, " warm-up calls, ", options.samples,
                       " samples of ", options.calls_per_sample,
                       " calls; expected at least 0, 1 and 1"));
  }
  for (int call = 0; call < options.warmup; ++call) work();

  std::vector<double> samples;
  samples.reserve(static_cast<std::size_t>(options.samples));
  for (int sample = 0; sample < options.samples; ++sample) {
    const std::int64_t begin = clock();
    for (int call = 0; call < options.calls_per_sample; ++call) work();
    const std::int64_t end = clock();
    if (end < begin) throw Error(concat("time_calls: the clock ran from ", begin, " to ", end));
    samples.push_back(static_cast<double>(end - begin) / options.calls_per_sample);
  }
  return samples;
  // END SOLUTION 14.11
}

// TASK 14.12
TrainingLatency time_training(const std::function<Tensor()>& forward, const TimingOptions& options,
                              const Clock& clock) {
  // Warm up both passes: the first backward allocates every gradient. Then three readings a sample
  // split it into two durations; two vectors of samples go through summarize().
  // BEGIN SOLUTION 14.12
  if (options.warmup < 0 || options.samples < 1 || options.calls_per_sample != 1) {
    throw Error(concat("time_training: ", options.warmup, " warm-up steps, ", options.samples,
                       " samples of ", options.calls_per_sample,
                       " calls; expected at least 0, at least 1, and exactly 1"));
  }
  for (int step = 0; step < options.warmup; ++step) forward().backward();

  std::vector<double> forwards;
  std::vector<double> backwards;
  for (int step = 0; step < options.samples; ++step) {
    const std::int64_t begin = clock();
    const Tensor loss = forward();
    const std::int64_t middle = clock();
    loss.backward();
    const std::int64_t end = clock();
    forwards.push_back(static_cast<double>(middle - begin));
    backwards.push_back(static_cast<double>(end - middle));
    if (forwards.back() < 0.0 || backwards.back() < 0.0) {
      throw Error(concat("time_training: the clock ran backwards, by ", forwards.back(), " and ",
                         backwards.back(), " in the two passes of step ", step));
    }
  }
  return {summarize(forwards), summarize(backwards)};
  // END SOLUTION 14.12
}

double backward_over_forward(const TrainingLatency& latency) {
  // BEGIN SOLUTION 14.12
  return latency.backward.median.value() / latency.forward.median.value();
  // END SOLUTION 14.12
}

// TASK 14.13
SwitchCost switch_cost(std::span<const double> steps_before, std::span<const double> steps_after) {
  // The median does not notice the one slow step; the sum does. Their difference is its cost.
  // Try it by hand first: before {10, 10, 10}, after {100, 11, 11, 11}: 11 a step, once 89.
  // BEGIN SOLUTION 14.13
  if (steps_before.size() < 3 || steps_after.size() < 3) {
    throw Error(concat("switch_cost: ", steps_before.size(), " steps before, ", steps_after.size(),
                       " after; each side needs at least 3 to tell a steady step"));
  }
  const double after = median(steps_after);
  const double total = std::accumulate(steps_after.begin(), steps_after.end(), 0.0);
  if (!std::isfinite(total)) {
    throw Error(concat("switch_cost: ", steps_after.size(), " steps after take ", total,
                       " together; take a larger unit of time"));
  }
  return {median(steps_before), after, total - static_cast<double>(steps_after.size()) * after};
  // END SOLUTION 14.13
}

}  // namespace tinytorch::profiling
