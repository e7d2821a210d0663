#pragma once
// Imports a model and has real ONNX Runtime compute the same.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "peers/float_run.h"
#include "tests/onnx_import/raw_model.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/onnx/import/import_onnx.h"

namespace tinytorch::import_tests {

inline onnx::Runtime onnxruntime() {
  return [](std::string_view model, const std::string& input, const Tensor& x,
            const std::string& output, const Shape& shape) {
    return peers::run_float(model, input, x.data(), x.shape().sizes(), output, shape.sizes());
  };
}

// Throws Error where the two differ by more than 1e-5 of the largest magnitude.
inline onnx::Imported import(const RawModel& model,
                             std::map<std::string, std::int64_t> sizes = {}) {
  onnx::ImportOptions options;
  options.sizes = std::move(sizes);
  options.runtime = onnxruntime();
  return onnx::import_onnx_bytes(model.bytes(), "", options);
}

// The layers, in order: "Linear(4, 3) ReLU()".
inline std::string layers(const onnx::Imported& imported) {
  std::string text;
  for (const auto& [_, layer] : imported.model->children()) {
    text += (text.empty() ? "" : " ") + layer->describe();
  }
  return text;
}

// The Error that an import ends with; "" when it succeeds.
inline std::string refusal(const RawModel& model, std::map<std::string, std::int64_t> sizes = {}) {
  try {
    import(model, std::move(sizes));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace tinytorch::import_tests
