// A user of the ONNX library: a small network, calibrated and written to the file that is named.
#include <cstdio>

#include "tinytorch/onnx/export_onnx.h"
#include "tinytorch/tinytorch.h"

using namespace tinytorch;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto model = nn::sequential(nn::Linear(4, 8), nn::ReLU(), nn::Linear(8, 2));
  onnx::export_onnx(quantization::ptq(model, Tensor::randn({16, 4})), argv[1]);
  std::printf("exported\n");
  return 0;
}
