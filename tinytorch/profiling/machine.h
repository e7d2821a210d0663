#pragma once
// What this machine can do at its best, measured. Given (machine.cpp, fma_peak.cpp).
//
// No figure of any machine stands in this library: not in a table, not as a default. Until they are
// measured, both are an Error to read.

#include <cstdint>

#include "tinytorch/profiling/clock.h"
#include "tinytorch/profiling/measured.h"

namespace tinytorch::profiling {

// One core. Because a billion operations a second is one a nanosecond, FLOPs / GFLOP/s and
// bytes / (GB/s) are nanoseconds.
struct Machine {
  Measured peak{"peak float throughput"};  // GFLOP/s
  Measured bandwidth{"memory bandwidth"};  // GB/s, 10^9 bytes
};

// Float multiply-adds on registers alone, in as many independent chains as hide their latency, a
// multiply-add counted as 2 FLOPs. The best of `rounds`: what disturbs a round can only slow it.
double measure_peak(const Clock& clock = steady_nanoseconds, int rounds = 20);

// Reading `working_set` bytes in order, again and again: as fast as the level of memory that holds
// so many. A few hundred kilobytes stay in a core's cache, hundreds of megabytes do not. The best
// of `rounds`. Throws Error when working_set is below 4096.
double measure_bandwidth(std::int64_t working_set, const Clock& clock = steady_nanoseconds,
                         int rounds = 20);

// Both of them.
Machine measure_machine(std::int64_t working_set, const Clock& clock = steady_nanoseconds);

}  // namespace tinytorch::profiling
