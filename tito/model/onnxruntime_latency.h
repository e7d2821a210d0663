#pragma once
// Latency of both files of a model in real ONNX Runtime.

#include "tinytorch/pipeline/run/run_recipe.h"

namespace tito::model {

// Nothing where this program was built without it: the gate then says that it was not measured.
tinytorch::pipeline::OtherRuntime onnxruntime_latency();

}  // namespace tito::model
