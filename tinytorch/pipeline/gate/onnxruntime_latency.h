#pragma once
// Latency of both files of a model in ONNX Runtime, in this process.

#include <string>

#include "tinytorch/core/tensor.h"
#include "tinytorch/pipeline/gate/paired_latency.h"

namespace tinytorch::pipeline {

// Both models on one input as the files take it ("x"); `output` is the shape of what they give
// ("y"). Throws Error where the runtime is absent or refuses a file.
PairedLatency onnxruntime_latency(const std::string& float_model, const std::string& int8_model,
                                  const Tensor& input, const Shape& output,
                                  const PairedOptions& options = {});

}  // namespace tinytorch::pipeline
