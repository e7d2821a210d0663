// Part 5 of module 14: what a layer could reach, and what it does reach.
#include "tinytorch/profiling/roofline.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::profiling {

// TASK 14.14
double intensity(const Cost& cost) {
  // Both counts are integers: mind the division.
  // Try it by hand first: 70 FLOPs and 144 bytes → 0.486….
  // BEGIN SOLUTION 14.14
  if (cost.bytes <= 0) {
    throw Error(concat("intensity: ", cost.flops, " FLOPs on ", cost.bytes,
                       " bytes; a layer that moves no byte has no intensity"));
  }
  if (cost.flops < 0) throw Error(concat("intensity: ", cost.flops, " FLOPs; expected 0 or more"));
  return static_cast<double>(cost.flops) / static_cast<double>(cost.bytes);
  // END SOLUTION 14.14
}

double ridge_point(const Machine& machine) {
  // BEGIN SOLUTION 14.14
  return machine.peak.value() / machine.bandwidth.value();
  // END SOLUTION 14.14
}

double attainable(const Machine& machine, double intensity) {
  // Two limits hold at once, so the lower one counts. NaN must not slip through the check.
  // BEGIN SOLUTION 14.14
  if (!(intensity >= 0.0)) {
    throw Error(concat("attainable: intensity ", intensity, "; expected 0 or more"));
  }
  return std::min(machine.peak.value(), intensity * machine.bandwidth.value());
  // END SOLUTION 14.14
}

Bound classify(const Machine& machine, double intensity) {
  // Which of the two limits is the lower one? On the ridge itself: kCompute.
  // BEGIN SOLUTION 14.14
  return attainable(machine, intensity) < machine.peak.value() ? Bound::kMemory : Bound::kCompute;
  // END SOLUTION 14.14
}

// TASK 14.15
RooflinePoint place(const std::string& name, const Cost& cost, const Latency& latency,
                    const Machine& machine) {
  // Everything is there: intensity(), attainable(), classify(), and the median of the latency.
  // FLOPs a nanosecond are GFLOP/s; no factor of 10^9 anywhere.
  // BEGIN SOLUTION 14.15
  if (cost.flops <= 0) {
    throw Error(concat("place: layer \"", name, "\" does ", cost.flops,
                       " FLOPs; only layers that compute have a place on a roofline"));
  }
  RooflinePoint point;
  point.name = name;
  point.intensity = intensity(cost);
  point.attainable = attainable(machine, point.intensity);
  point.achieved = static_cast<double>(cost.flops) / latency.median.value();
  point.efficiency = point.achieved / point.attainable;
  point.bound = classify(machine, point.intensity);
  return point;
  // END SOLUTION 14.15
}

}  // namespace tinytorch::profiling
