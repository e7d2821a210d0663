#pragma once
// The table of what quantizing did to each layer, as milestones print it.

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/qat/qat_graph.h"

namespace tinytorch::milestones {

// Of the deployed form of the calibrated `net`, run on x.
void print_layer_diagnosis(const quantization::QatNetwork& net, const Tensor& x);

}  // namespace tinytorch::milestones
