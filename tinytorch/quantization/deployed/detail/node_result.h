#pragma once
// What a node of a deployed network makes of what it reads. Given; the checks of
// QuantizedNetwork's constructor.

#include <vector>

#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::quantization {

// The shape and grid a node writes, given what it reads (`second` of a sum, else `in` again).
// Throws Error, without the node's name, where the two do not fit.
NetworkValue result_of(const QuantizedNode& node, const NetworkValue& in,
                       const NetworkValue& second, Dialect dialect);

// The grids it expects of its inputs; none where any will do.
std::vector<QParams> expected_grids(const QuantizedNode& node);

}  // namespace tinytorch::quantization
