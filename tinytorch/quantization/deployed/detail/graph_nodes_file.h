#pragma once
// How functions, joins and float islands stand in a network's file. Given; the layers are in
// layer_nodes_file.h. For node i:
//   function   "i.function", "i.a", "i.b", both grids, and the table itself, I8 [256]: no library's
//              exponential decides a code of a network that is loaded
//   multiply, maximum   grids "i.a", "i.b" and "i.output"
//   concat     "i.axis", grids "i.input0", "i.input1", … and "i.output"
//   layer_norm, softmax   "i.dim", both grids; of the former "i.epsilon", and F32 tensors
//              "i.weight", "i.bias" where it has them
//   float_linear, float_conv   layers that were excluded: "i.dim" too, F32 tensors, "i.in",
//   "i.out",
//              "i.activation", both grids; a conv's windows as in layer_nodes_file.h, a linear's
//              "i.flattened_channels"

#include <optional>
#include <string>

#include "tinytorch/quantization/deployed/quantized_node.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {

// What is not one of these kinds writes nothing, and returns false.
bool write_graph_node(train::SafeTensors& file, const std::string& prefix, const NetworkOp& op);

// `inputs`: how many values the node reads. Nothing for another kind.
std::optional<NetworkOp> read_graph_node(const train::SafeTensors& file, const std::string& prefix,
                                         std::size_t inputs, QRange range, Dialect dialect);

}  // namespace tinytorch::quantization
