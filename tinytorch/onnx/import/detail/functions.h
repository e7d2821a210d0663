#pragma once
// Which function a group of elementwise nodes computes. It is told by its values, not by its nodes:
// however an exporter has written Gelu or HardSwish, what has the values of one is one. Internal to
// the import.

#include <memory>
#include <optional>

#include "tinytorch/nn/module.h"
#include "tinytorch/onnx/import/detail/value.h"

namespace tinytorch::onnx {

// f(x) = scale·x + shift, or the layer.
struct Function {
  std::shared_ptr<nn::Module> layer;  // null for a line
  double scale = 1.0;
  double shift = 0.0;
};

// What `value` is as a function of `base` alone; nothing where it reads another value as well or is
// no function that has a layer.
std::optional<Function> recognise(const Value& value, const Value& base);

// The values below `value` that are its operands, theirs, and so on, farthest first: candidates for
// `base`. Not deeper than any function that is recognised.
std::vector<ValuePtr> operands_below(const Value& value);

}  // namespace tinytorch::onnx
