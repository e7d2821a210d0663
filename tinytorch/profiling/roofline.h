#pragma once
// The roofline: what a layer could reach on this machine, and what it does reach.
// You write this part: roofline.cpp (profiling module).
//
// A layer with I = FLOPs / bytes can at best compute as fast as the machine computes, and at best
// I times as fast as the machine moves bytes. The lower of the two is its roof.
// Source: Williams, Waterman, Patterson, "Roofline: An Insightful Visual Performance Model for
// Multicore Architectures", 2009.

#include <string>
#include <string_view>

#include "tinytorch/profiling/counting.h"
#include "tinytorch/profiling/machine.h"
#include "tinytorch/profiling/measured.h"

namespace tinytorch::profiling {

// Throws Error when the intensity is negative or NaN. Given, as is the next (roofline_guards.cpp).
void require_intensity(std::string_view operation, double intensity);
// Throws Error naming the layer when it does no FLOPs: a logarithmic plot has no place for it.
void require_flops(std::string_view operation, const std::string& layer, const Cost& cost);

// Task: FLOPs for each byte moved. Given lines refuse costs without bytes or with negative FLOPs.
double intensity(const Cost& cost);

// Task: The intensity at which both roofs meet, peak / bandwidth in FLOPs a byte.
double ridge_point(const Machine& machine);

// Task: GFLOP/s under the roof: min(peak, intensity · bandwidth).
// Example: peak 100, bandwidth 20 → 40 at intensity 2, 100 at 8; the ridge lies at 5.
// Throws the Error of Measured when the machine was not measured. A given line refuses an intensity
// that is negative or NaN.
double attainable(const Machine& machine, double intensity);

enum class Bound { kMemory, kCompute };

// Task: kMemory where intensity · bandwidth < peak, left of the ridge point; kCompute at it
// and right of it. Throws like attainable().
Bound classify(const Machine& machine, double intensity);

struct RooflinePoint {
  std::string name;
  double intensity = 0.0;   // FLOPs a byte
  double attainable = 0.0;  // GFLOP/s
  double achieved = 0.0;    // GFLOP/s
  double efficiency = 0.0;  // achieved / attainable
  Bound bound = Bound::kMemory;
};

// Task: Where a layer stands. achieved = cost.flops / median latency in nanoseconds, which is
// GFLOP/s. An efficiency above 1 is not an error: it says that the bytes came from a faster memory
// than the one whose bandwidth was measured.
// Throws the Error of Measured when the latency or the machine was not measured. A given line
// refuses a layer that does no FLOPs.
RooflinePoint place(const std::string& name, const Cost& cost, const Latency& latency,
                    const Machine& machine);

}  // namespace tinytorch::profiling
