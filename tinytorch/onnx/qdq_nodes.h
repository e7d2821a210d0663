#pragma once
// What QDQ models are put together from. Internal to the export.

#include <string>
#include <vector>

#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::onnx {

// The constants that say what codes mean.
struct GridNames {
  std::string scale;
  std::string zero_point;
};
// Makes them, for codes that are 128 higher, as uint8.
GridNames add_grid(ModelBuilder& model, const std::string& name, quantization::QParams params);

void add_quantize(ModelBuilder& model, const std::string& from, const GridNames& grid,
                  const std::string& to);
void add_dequantize(ModelBuilder& model, const std::string& from, const GridNames& grid,
                    const std::string& to);

// Weights and biases of a layer.
struct LayerConstants {
  std::vector<std::int64_t> weight_shape;  // outputs first
  std::span<const std::int8_t> weight;
  std::span<const float> weight_scales;  // one for each output
  std::span<const std::int32_t> bias;    // in units of input_scale · weight_scales
  float input_scale = 1.0f;
};
// "<name>_weight" and "<name>_bias": each codes behind a DequantizeLinear.
void add_constants(ModelBuilder& model, const std::string& name, const LayerConstants& layer);

// How a layer's sums end.
struct OutputOf {
  quantization::QParams params;
  quantization::QRange range;  // of the codes, as the activation narrows it
  quantization::Activation activation = quantization::Activation::kNone;
};
// Sums `from`, in float → codes `to`: Relu unless there is no activation, QuantizeLinear, and where
// the range is narrower, as behind a ReLU6, a Clip of the codes: one of the sums would keep
// runtimes from fusing. Returns the grid of `to`.
GridNames add_output(ModelBuilder& model, const std::string& name, const std::string& from,
                     const OutputOf& output, const std::string& to);

}  // namespace tinytorch::onnx
