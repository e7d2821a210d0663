// What show, compare and the registry read of any ONNX file.
#include "tests/fuzz/fuzz.h"
#include "tinytorch/onnx/import/describe_model.h"

using namespace tinytorch;

FUZZ_TARGET(model_description) {
  fuzz::value_or_error([&] {
    onnx::describe_model(bytes, "model.onnx");
    onnx::describe_model(bytes, "model.onnx", onnx::Shapes::kInferred);
  });
}
