#pragma once
// A whole model, layer by layer: counted and measured. Given (profile.cpp); it calls what the parts
// of the profiling module compute, in order.

#include <vector>

#include "tinytorch/profiling/counting.h"
#include "tinytorch/profiling/latency.h"

namespace tinytorch::profiling {

struct LayerProfile {
  Layer layer;
  Cost cost;
  Latency forward;           // in eval mode, nothing recorded
  TrainingLatency training;  // in training mode; backward includes that of the sum over the output
};

// Each layer on its own, on random inputs of the shape it meets in the model. Both passes of
// training are timed with the loss sum(layer(x)); x requires a gradient, as it does inside a model.
// BatchNorm2d's running statistics are put back afterwards, gradients are cleared. Views are
// counted and not timed: their latencies stay "not measured".
std::vector<LayerProfile> profile_model(nn::Module& model, const Shape& input,
                                        const TimingOptions& options,
                                        const Clock& clock = steady_nanoseconds);

}  // namespace tinytorch::profiling
