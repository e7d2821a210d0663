#pragma once
// A model of layers as an ONNX model that quantizes at run time: weights stored as int8 codes,
// inputs quantized for each batch, everything between the layers in float. Given.

#include "tinytorch/onnx/float_model.h"

namespace tinytorch::onnx {

struct DynamicModelOptions {
  int weight_bits = 8;
  FloatModelOptions floats = {};
};

// As float_model, but each Linear and Conv2d as DynamicQuantizeLinear → MatMulInteger or
// ConvInteger → Cast → Mul by input scale · weight scales → Add. Weights have one scale per output,
// symmetric. Unfused (Optimization::kNone), ONNX Runtime gives the very floats of
// quantization::DynamicLinear and DynamicConv2d; where it fuses, it may add in another order. Those
// that stand in the model already are written with their own codes, in float_model too.
ModelBuilder dynamic_model(const nn::Module& model, const Shape& sample,
                           const DynamicModelOptions& options = {});

}  // namespace tinytorch::onnx
