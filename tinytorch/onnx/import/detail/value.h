#pragma once
// What a value of the ONNX graph is while it is imported. Internal to the import.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tinytorch/onnx/import/detail/source_graph.h"

namespace tinytorch::onnx {

// A value of the network that is being built, as ONNX sees it: Reshape and Transpose move nothing
// here, they only change how the values are looked at.
struct View {
  std::size_t value = 0;  // of the network: 0 its input, i + 1 the result of node i
  Sizes shape;            // ONNX's, with the batch
  // Element i of ONNX's tensor is element order[i] of the network's; empty: element i.
  Sizes order;
};

struct Value;
using ValuePtr = std::shared_ptr<Value>;

// A function of single numbers, applied to each: kept until something else reads the result, since
// x·Clip(x + 3, 0, 6)/6 is one layer, Hardswish, and not four.
struct Elementwise {
  std::string op;
  std::vector<ValuePtr> operands;  // values of the network, or constants of one element
  double first = 0.0;              // LeakyRelu: alpha; HardSigmoid: alpha; Clip: the least value
  double second = 0.0;             // HardSigmoid: beta; Clip: the largest value
  std::string node;                // its place, for errors
  std::string name;                // its node's name
};

struct Value {
  Sizes shape;
  std::optional<SourceTensor> constant;
  std::optional<Elementwise> function;
  std::optional<View> view;  // once it is in the network
  int uses = 0;              // in the file, outputs included
  // The result of a layer with a weight that nothing else reads, so that what scales and shifts it
  // may go into the weight.
  bool can_absorb = false;
};

}  // namespace tinytorch::onnx
