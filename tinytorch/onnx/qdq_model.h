#pragma once
// A deployed network as an ONNX model in QDQ form: float operators between DequantizeLinear and
// QuantizeLinear, which a runtime recognises and replaces by integer kernels. Given.
//
// Activations become uint8, codes and zero-points alike 128 higher: the same values, in the type
// that runtimes have fast kernels for. Weights stay int8, one scale per output; biases stay int32.

#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/quantization/deployed/quantized_model.h"

namespace tinytorch::onnx {

enum class Ends {
  kFloat,  // "x" [batch, in] float → "y" [batch, out] float, as QuantizedModel::forward
  kCodes,  // "x" [batch, in] uint8 → "y" [batch, out] uint8, as forward_codes, codes 128 higher
};

// Layer by layer: DequantizeLinear of x, weight and bias → Gemm → Relu if there is an activation →
// QuantizeLinear → Clip of the codes for a ReLU6. A runtime that fuses each of these groups
// computes QuantizedModel's own codes; one that does not sums in float and may differ by one code.
// Throws Error naming the layer on another dialect than ort, which these nodes do not say, and on
// activations not of 8 bits.
ModelBuilder qdq_model(const quantization::QuantizedModel& model, Ends ends);

}  // namespace tinytorch::onnx
