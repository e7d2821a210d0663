#pragma once
// How layers, sums, pools and Flatten stand in a network's file. Given; functions, joins and float
// islands are in graph_nodes_file.h. For node i:
//   linear, conv   tensors "i.weight" (packed codes), "i.weight_scale" and "i.bias", both grids,
//                  "i.in", "i.weight_bits", "i.activation"; of a conv its windows and groups too
//   add            grids "i.a", "i.b" and "i.output", and its activation
//   pool           "i.pool" and its window
//   flatten        nothing

#include <optional>
#include <string>

#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/deployed/quantized_node.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {

// What every node needs to know about the network.
struct NetworkCodes {
  int activation_bits = 8;
  Dialect dialect = Dialect::kOrt;
};

// What is not one of these kinds writes nothing, and returns false.
bool write_layer_node(train::SafeTensors& file, const std::string& prefix,
                      const QuantizedNode& node);

// Nothing for another kind.
std::optional<NetworkOp> read_layer_node(const train::SafeTensors& file, const std::string& prefix,
                                         NetworkCodes common);

}  // namespace tinytorch::quantization
