#pragma once
// One step of a deployed network: a layer, a pooling, a Flatten, a function of one number, or what
// joins several values. Given.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tinytorch/quantization/deployed/float_island.h"
#include "tinytorch/quantization/deployed/quantized_conv2d.h"
#include "tinytorch/quantization/deployed/quantized_function.h"
#include "tinytorch/quantization/deployed/quantized_linear.h"
#include "tinytorch/quantization/int8/code_joins.h"
#include "tinytorch/quantization/int8/image_ops.h"

namespace tinytorch::quantization {

enum class PoolKind { kMax, kAverage };

constexpr std::string_view name(PoolKind kind) {
  return kind == PoolKind::kMax ? "max" : "average";
}

// Kernel 0 is one window, the whole image. Scale and zero-point stay those of the input.
struct QuantizedPool {
  PoolKind kind = PoolKind::kMax;
  Extent2 kernel = 0;
  Extent2 stride = 1;
  Padding4 padding = 0;
  bool count_include_pad = true;  // of averages: padding counts as 0.0
};

// Its windows over images of one size, for max_pool() and average_pool() of image_ops.h. Throws
// Error when one does not fit.
kernels::ConvGeometry pool_sizes(const QuantizedPool& pool, std::int64_t channels,
                                 const ImageSize& image);

// An image read as a row of features: the same bytes.
struct QuantizedFlatten {};

using NetworkOp = std::variant<QuantizedLinear, QuantizedConv2d, QuantizedAdd, QuantizedPool,
                               QuantizedFlatten, QuantizedFunction, QuantizedMultiply,
                               QuantizedMaximum, QuantizedConcat, FloatIsland>;

struct QuantizedNode {
  std::string path;                 // of the float layer it came from: "3.body.0"
  std::vector<std::size_t> inputs;  // numbers of earlier values, as many as input_count(op)
  NetworkOp op;
};

// How many values it reads: two for a sum, a product and a maximum, the number of its inputs() for
// a concatenation, one otherwise.
std::size_t input_count(const NetworkOp& op);

// "linear", "conv", "add", "max pool", "hardswish", "multiply", "concat", "float layer_norm": for
// reports.
std::string kind_name(const NetworkOp& op);
// The paths of nodes that compute in float, between a dequantize and a quantize (float_island.h).
std::vector<std::string> float_islands(std::span<const QuantizedNode> nodes);

// What a linear layer and a convolution have in common, for whoever looks at layers and does not
// run them. The spans are the layer's own.
struct LayerValues {
  std::vector<std::int8_t> weight;  // [out, in] or [out, kernel.height, kernel.width, in/groups]
  std::span<const float> weight_scales;
  std::span<const std::int32_t> bias;
  int weight_bits = 8;
  QParams input;
  QParams output;
  QRange output_range;
  Activation activation = Activation::kNone;
};
// Nothing for what has no weights: all but linear layers and convolutions.
std::optional<LayerValues> layer_values(const QuantizedNode& node);

}  // namespace tinytorch::quantization
