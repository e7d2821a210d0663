#pragma once
// A deployed network of any shape, convolutions and residual sums included, as an ONNX model in QDQ
// form (qdq_model.h). Given.

#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::onnx {

// Node by node, images channels first as ONNX has them:
//   layers        DequantizeLinear of x, weight and bias → Conv, or Gemm for a row of features →
//                 Relu → QuantizeLinear → Clip of the codes for a ReLU6
//   sums          two DequantizeLinear → Sum → the same
//   averages      DequantizeLinear → AveragePool → QuantizeLinear, both with scale 1
//   maxima        MaxPool on the codes;  Flatten as it is
// A runtime that fuses the layers' groups computes the network's own codes; one that does not sums
// in float, and may differ by a code or two.
// Ends::kFloat: "x" [batch, C, H, W] or [batch, features] float → "y". Ends::kCodes: uint8, codes
// 128 higher than forward_codes', and channels first. Throws Error on another dialect than ort and
// on activations not of 8 bits.
ModelBuilder qdq_model(const quantization::QuantizedNetwork& network, Ends ends);

}  // namespace tinytorch::onnx
