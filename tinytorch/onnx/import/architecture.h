#pragma once
// The layers of an imported network as a file (JSON), which builds the same nn::Graph again without
// the ONNX file; the weights go into a safetensors file beside it. Given.
//
// {"format": "tinytorch.graph.1",
//  "input": {"name": "x", "shape": [1, 76, 32], "file_shape": [76, 32, 1], "order": []},
//  "output": {"name": "y", "shape": [10]},
//  "nodes": [{"name": "conv", "layer": "Conv2d", "inputs": [0], "in": 1, "out": 24, …}, …]}
//
// Inputs are numbers of values, 0 the network's input, i + 1 the result of node i.

#include <memory>
#include <string>

#include "tinytorch/onnx/import/import_onnx.h"

namespace tinytorch::onnx {

// Throws Error naming the node on a layer that import_onnx does not make.
std::string write_architecture(const Imported& imported);

// The network with weights of 0, and how its input is arranged (everything of Imported but what
// comparing found). Throws Error naming `source`, and the node, when text is not such a file.
Imported read_architecture(const std::string& text, const std::string& source);

}  // namespace tinytorch::onnx
