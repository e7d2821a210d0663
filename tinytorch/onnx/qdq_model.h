#pragma once
// A deployed network as an ONNX model in QDQ form: float operators between DequantizeLinear and
// QuantizeLinear, which a runtime recognises and replaces by integer kernels. Given.
//
// Activations become uint8, codes and zero-points alike 128 higher: the same values, in the type
// that runtimes have fast kernels for. Weights stay int8, one scale per output; biases stay int32.

#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::onnx {

enum class Ends {
  kFloat,  // "x" float → "y" float, as QuantizedNetwork::forward
  kCodes,  // "x" uint8 → "y" uint8, as forward_codes, codes 128 higher and channels first
};

// What a float input goes through before it is quantized: (x − mean) / deviation, one of each for
// every feature (or channel). Nothing where it is empty.
struct InputScaler {
  std::vector<float> mean;
  std::vector<float> deviation;
};

// Node by node, images channels first as ONNX has them:
//   layers        DequantizeLinear of x, weight and bias → Conv or Gemm → Relu if there is an
//                 activation → QuantizeLinear → Clip of the codes for a ReLU6
//   sums          two DequantizeLinear → Sum → the same
//   averages      DequantizeLinear → AveragePool → QuantizeLinear, both with scale 1
//   maxima        MaxPool on the codes (of a whole image too: GlobalMaxPool takes floats only);
//                 Flatten as it is
//   functions     DequantizeLinear → the operator (add_function, qdq_functions.h) → QuantizeLinear
//   products      DequantizeLinear of both, a Sum of one → Mul → QuantizeLinear
//   maxima of two, one behind the other   DequantizeLinear of each → Max, Concat → QuantizeLinear
//   islands       DequantizeLinear → LayerNormalization or Softmax → QuantizeLinear
// A runtime that fuses the layers' groups computes the network's own codes; one that does not sums
// in float, and may differ by a code or two.
// "x" is [batch, C, H, W] or [batch, features]. Throws Error on another dialect than ort, which
// these nodes do not say, on activations not of 8 bits, and on a scaler of another size or for
// codes.
ModelBuilder qdq_model(const quantization::QuantizedNetwork& network, Ends ends,
                       const InputScaler& scaler = {});

}  // namespace tinytorch::onnx
