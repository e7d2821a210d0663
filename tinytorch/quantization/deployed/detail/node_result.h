#pragma once
// What a node of a deployed network makes of what it reads. Given; the checks of
// QuantizedNetwork's constructor.

#include <span>
#include <vector>

#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::quantization {

// The shape and quantization parameters of what a node writes, given what it reads. Throws Error,
// without the node's name, where its inputs do not fit it or each other.
NetworkValue result_of(const QuantizedNode& node, std::span<const NetworkValue> inputs,
                       Dialect dialect);

// The quantization parameters it expects of its inputs; empty where any will do.
std::vector<QParams> expected_grids(const QuantizedNode& node);

}  // namespace tinytorch::quantization
