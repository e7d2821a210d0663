#pragma once
// How long it takes: a call, a backward pass, a switch.
// You write this part: latency.cpp (profiling module).
//
// The first calls are slower than all others (memory is mapped, caches fill, the clock frequency
// rises), and now and then something else runs. So: warm up first, take many samples, look at the
// median and the tail and never at the mean alone.

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/profiling/clock.h"
#include "tinytorch/profiling/measured.h"

namespace tinytorch::profiling {

struct TimingOptions {
  int warmup = 10;  // calls before the first sample, not timed
  int samples = 100;
  int calls_per_sample = 1;  // for work shorter than the clock can tell
};

// Throws Error unless warmup is at least 0, samples and calls_per_sample at least 1. Given
// (latency_guards.cpp).
void require_timing(std::string_view operation, const TimingOptions& options);

// Nanoseconds from one reading of a clock to the next. Throws Error when it ran backwards. Given.
double elapsed(std::int64_t begin, std::int64_t end);

// Task: Nanoseconds per call, one number a sample, in the order they were taken.
//   1. `warmup` calls of work.
//   2. For each sample: read the clock, calls_per_sample calls, read the clock;
//      the sample is (end - begin) / calls_per_sample in double.
// The clock is read twice a sample and not otherwise, with nothing but the calls in between.
// A given line refuses options that measure nothing.
std::vector<double> time_calls(const std::function<void()>& work, const TimingOptions& options,
                               const Clock& clock = steady_nanoseconds);

struct TrainingLatency {
  Latency forward;
  Latency backward;
};

// Task: Forward and backward pass, timed apart. "Backward costs twice the forward" is a count
// of FLOPs; what it takes on a machine is measured. `forward` computes a scalar loss with recording
// on, anew at each call: backward() frees the graph it walks.
//   options.warmup times:   forward().backward(), not timed
//   options.samples times:  t0 = clock(), loss = forward(), t1 = clock(), loss.backward(),
//                           t2 = clock();  forward takes t1 - t0, backward t2 - t1
// and both lists are summarized. Given lines refuse options that measure nothing, and a
// calls_per_sample other than 1: the two passes alternate.
TrainingLatency time_training(const std::function<Tensor()>& forward, const TimingOptions& options,
                              const Clock& clock = steady_nanoseconds);

// Task: The median backward over the median forward.
double backward_over_forward(const TrainingLatency& latency);

struct SwitchCost {
  double before = 0.0;    // a steady step before the switch
  double after = 0.0;     // a steady step after it
  double one_time = 0.0;  // what the switch itself cost
  bool operator==(const SwitchCost&) const = default;
};

// Task: What a change in the middle of a run cost (quantization-aware training switched on, a
// kernel recompiled, a cache filled), from the durations of the steps before and after it:
//   before = median(steps before)        after = median(steps after)
//   one_time = Σ steps after - (number of steps after) · after
// An average over the run mixes the two: one slow step among few looks like many slower steps.
// Units are the caller's, the same throughout. Given lines refuse fewer than 3 steps on either
// side, of which no median could tell the slow one.
SwitchCost switch_cost(std::span<const double> steps_before, std::span<const double> steps_after);

}  // namespace tinytorch::profiling
