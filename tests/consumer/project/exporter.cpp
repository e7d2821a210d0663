// A user of the ONNX library: one node, written and checked by ONNX's own checker.
#include <cstdio>

#include "tinytorch/onnx/model_builder.h"

int main() {
  tinytorch::onnx::ModelBuilder model("relu");
  const std::vector<tinytorch::onnx::Dimension> shape = {"batch", 4};
  model.add_input("x", tinytorch::onnx::ElementType::kFloat, shape);
  model.add_output("y", tinytorch::onnx::ElementType::kFloat, shape);
  model.add_node("Relu", {"x"}, {"y"});
  std::printf("exported %zu bytes\n", model.to_bytes().size());
  return 0;
}
