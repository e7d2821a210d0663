#include "tinytorch/pipeline/gate/paired_latency.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/core/error.h"

namespace tinytorch::pipeline {
namespace {

std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
}

struct Sample {
  double wall = 0.0;  // nanoseconds per call
  double processor = 0.0;
};

struct Pair {
  Sample in_float;
  Sample in_int8;
  double busy() const {
    const double wall = in_float.wall + in_int8.wall;
    const double processor = in_float.processor + in_int8.processor;
    return processor > 0.0 ? wall / processor - 1.0 : 0.0;
  }
};

Sample sample(const std::function<void()>& work, std::int64_t calls, const Clocks& clocks) {
  const std::int64_t processor = clocks.processor();
  const std::int64_t wall = clocks.wall();
  for (std::int64_t call = 0; call < calls; ++call) work();
  const std::int64_t wall_end = clocks.wall();
  const std::int64_t processor_end = clocks.processor();
  const double count = static_cast<double>(calls);
  return {static_cast<double>(wall_end - wall) / count,
          static_cast<double>(processor_end - processor) / count};
}

// As many calls as take about `wanted` nanoseconds.
std::int64_t calls_for(const std::function<void()>& work, std::int64_t wanted,
                       const Clocks& clocks) {
  const Sample one = sample(work, 3, clocks);
  const double calls = static_cast<double>(wanted) / std::max(one.wall, 1.0);
  return static_cast<std::int64_t>(std::clamp(calls, 1.0, 1e6));
}

PairedLatency summarize(const std::string& runtime, const std::vector<Pair>& pairs) {
  std::vector<double> in_float;
  std::vector<double> in_int8;
  std::vector<double> ratios;
  std::vector<double> busy;
  for (const Pair& pair : pairs) {
    in_float.push_back(pair.in_float.wall);
    in_int8.push_back(pair.in_int8.wall);
    ratios.push_back(pair.in_int8.wall / std::max(pair.in_float.wall, 1e-3));
    busy.push_back(pair.busy());
  }
  return {runtime,
          static_cast<std::int64_t>(pairs.size()),
          median_interval(in_float).estimate,
          median_interval(in_int8).estimate,
          median_interval(ratios),
          median_interval(busy).estimate};
}

}  // namespace

Clocks machine_clocks() {
  return {[] { return nanoseconds(CLOCK_MONOTONIC); },
          [] { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }};
}

Interval median_interval(std::span<const double> values) {
  const std::size_t n = values.size();
  if (n < 6) throw Error(concat("median_interval: ", n, " values; expected at least 6"));
  std::vector<double> sorted(values.begin(), values.end());
  for (const double value : sorted) {
    if (!std::isfinite(value)) throw Error(concat("median_interval: a value is ", value));
  }
  std::sort(sorted.begin(), sorted.end());
  // P(Binomial(n, 1/2) = k), term by term, and their sum; in logarithms, or 2^-n is 0.
  double below = 0.0;
  std::size_t k = 0;
  const double count = static_cast<double>(n);
  for (; k < n / 2; ++k) {
    const double of = static_cast<double>(k);
    below += std::exp(std::lgamma(count + 1.0) - std::lgamma(of + 1.0) -
                      std::lgamma(count - of + 1.0) - count * std::log(2.0));
    if (below > 0.025) break;
  }
  const std::size_t middle = n / 2;
  const double median = n % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle]);
  return {median, sorted[k - 1], sorted[n - k]};
}

PairedLatency measure_paired(const std::string& runtime, const std::function<void()>& in_float,
                             const std::function<void()>& in_int8, const PairedOptions& options,
                             const Clocks& clocks) {
  if (options.pairs < 6 || options.warmup < 0) {
    throw Error(concat("measure_paired: ", options.pairs, " pairs, ", options.warmup,
                       " calls to warm up; expected at least 6 and 0"));
  }
  for (int call = 0; call < options.warmup; ++call) {
    in_float();
    in_int8();
  }
  const std::int64_t float_calls = calls_for(in_float, options.sample_ns, clocks);
  const std::int64_t int8_calls = calls_for(in_int8, options.sample_ns, clocks);
  std::vector<Pair> kept;
  std::vector<Pair> all;
  const auto wanted = static_cast<std::size_t>(options.pairs);
  while (kept.size() < wanted && all.size() < 2 * wanted) {
    Pair pair;
    const bool float_first = all.size() % 2 == 0;
    if (float_first) pair.in_float = sample(in_float, float_calls, clocks);
    pair.in_int8 = sample(in_int8, int8_calls, clocks);
    if (!float_first) pair.in_float = sample(in_float, float_calls, clocks);
    all.push_back(pair);
    if (pair.busy() <= options.busy) kept.push_back(pair);
  }
  const bool busy = kept.size() < wanted;
  PairedLatency latency = summarize(runtime, busy ? all : kept);
  latency.machine_busy = busy;
  return latency;
}

}  // namespace tinytorch::pipeline
