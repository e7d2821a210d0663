#pragma once
// The network that mlp_bench measures, 784-512-512-10 with ReLUs, in float and quantized.

#include <memory>
#include <string>

#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace bench {

struct Mlp {
  std::shared_ptr<tinytorch::nn::Sequential> network;
  tinytorch::quantization::QuantizedNetwork quantized;  // of `network`, calibrated on random input
};
Mlp make_mlp();

// The float network as an ONNX model: "x" [batch, 784] → "y" [batch, 10].
std::string float_model(const tinytorch::nn::Sequential& network);

}  // namespace bench
