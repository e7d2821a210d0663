#pragma once
// Two programs' times side by side, so that what disturbs the machine disturbs both.

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "tinytorch/pipeline/gate/bootstrap.h"

namespace tinytorch::pipeline {

// Of the float model and the int8 model in one runtime.
struct PairedLatency {
  std::string runtime;  // "tinytorch", "onnxruntime"
  std::int64_t pairs = 0;
  double float_ns = 0.0;  // medians, nanoseconds per call
  double int8_ns = 0.0;
  Interval ratio;     // int8 / float, the median of the pairs' and its 95 % interval
  double busy = 0.0;  // how far wall time exceeded processor time in the pairs kept: 0.03 for 3 %
  bool machine_busy = false;  // too few pairs were undisturbed: measure again on a quiet machine
  bool operator==(const PairedLatency&) const = default;
};

// Nanoseconds, twice: the wall's clock and what this process computed.
struct Clocks {
  std::function<std::int64_t()> wall;
  std::function<std::int64_t()> processor;
};
Clocks machine_clocks();

struct PairedOptions {
  int warmup = 5;                      // calls of each
  int pairs = 41;                      // at least 6: of fewer, no interval reaches 95 %
  std::int64_t sample_ns = 1'000'000;  // a sample repeats its work until it takes about this long
  double busy = 0.05;  // a pair is thrown away when wall exceeds processor time by more
};

// Runs `in_float` and `in_int8` alternately, the first of a pair in turn, and throws away pairs
// that another process disturbed, up to as many again as are wanted; with fewer than `pairs` left
// the machine is busy and the figures are those of all pairs.
PairedLatency measure_paired(const std::string& runtime, const std::function<void()>& in_float,
                             const std::function<void()>& in_int8,
                             const PairedOptions& options = {},
                             const Clocks& clocks = machine_clocks());

// The median, and the two order statistics between which the true median lies with 95 %, whatever
// the distribution: ranks k and n + 1 - k with the largest k for which P(Binomial(n, 1/2) < k) <=
// 2.5 %. Throws Error on fewer than 6 values, or one that is not finite.
Interval median_interval(std::span<const double> values);

}  // namespace tinytorch::pipeline
