#pragma once
// Are a model's operators defined for the types they meet? ONNX's checker and its shape inference
// do not ask. Internal to the export, as it speaks ONNX's own classes.

#include <onnx/onnx_pb.h>

namespace tinytorch::onnx {

// `model` after shape inference. Throws Error naming node, operator, input or output, and types.
void check_types(const ::onnx::ModelProto& model);

}  // namespace tinytorch::onnx
