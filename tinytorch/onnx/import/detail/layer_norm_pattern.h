#pragma once
// LayerNorm as exporters write it for operator sets without LayerNormalization:
//   c = x − ReduceMean(x);  c / Sqrt(ReduceMean(c²) + ε), then · weight + bias.
// Internal to the import.

#include "tinytorch/onnx/import/detail/source_graph.h"

namespace tinytorch::onnx {

// Puts one node LayerNormalization in the place of each such group: named after its division,
// weight and bias where the group has them. c² may be Pow(c, 2) or Mul(c, c), and c may be computed
// twice. A group that computes over other axes than the last ones, or whose values inside are read
// elsewhere, stays as it is.
void recognise_layer_norms(SourceGraph& graph);

}  // namespace tinytorch::onnx
