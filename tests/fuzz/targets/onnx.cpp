#include "tests/fuzz/fuzz.h"
#include "tinytorch/onnx/import/read_model.h"

using namespace tinytorch;

FUZZ_TARGET(onnx) {
  fuzz::value_or_error([&] { onnx::read_model(bytes, ""); });
}
