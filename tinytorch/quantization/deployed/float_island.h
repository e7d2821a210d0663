#pragma once
// What a deployed network computes in float, between a dequantize and a quantize: layer
// normalization, softmax, and layers that were excluded from quantization. Given. Reports name
// them, since "all integers" does not hold where one stands; and since their sums and exponentials
// are floats, another runtime may differ by a code.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/deployed/quantized_conv2d.h"
#include "tinytorch/quantization/int8/code_joins.h"

namespace tinytorch::quantization {

enum class IslandKind { kLayerNorm, kSoftmax, kLinear, kConv };

constexpr std::string_view name(IslandKind kind) {
  switch (kind) {
    case IslandKind::kLayerNorm:
      return "layer_norm";
    case IslandKind::kSoftmax:
      return "softmax";
    case IslandKind::kLinear:
      return "linear";
    case IslandKind::kConv:
      break;
  }
  return "conv";
}

struct IslandSettings {
  IslandKind kind = IslandKind::kSoftmax;
  // The dimensions that it looks along, of [N, C, H, W] or [n, features]: softmax along this one,
  // layer normalization along this one and all behind it.
  std::int64_t dim = 1;
  float epsilon = 1e-5f;        // of layer normalization
  std::vector<float> weight{};  // of a normalization; empty: ones
  std::vector<float> bias{};    // empty: zeros
  // Of a linear layer, whose kernel is 1, and of a convolution: weight [out, in/groups, kh, kw].
  QuantizedConvShape layer{};
  Activation activation = Activation::kNone;
  // Of a linear layer behind the Flatten of an image: its channels. The codes lie channels-last,
  // the columns of the weight in the order (c, h, w).
  std::int64_t flattened_channels = 1;

  bool is_layer() const { return kind == IslandKind::kLinear || kind == IslandKind::kConv; }
};

class FloatIsland {
 public:
  // Throws Error on parameters or a range that require_qparams() and require_codes() (qtypes.h)
  // refuse, a dimension other than 1 to 3, and an epsilon, weight or bias that is not finite or, of
  // a layer, has another size than its shape.
  FloatIsland(IslandSettings settings, QParams input, QParams output, QRange range);

  // What it makes of one sample. Throws Error where weight and bias do not have as many values as
  // `extent` has there, and where a layer takes another number of channels.
  CodeExtent result(const CodeExtent& extent) const;
  // Channels-last codes of `batch` samples. Throws Error when sizes do not fit.
  void forward(std::span<const std::int8_t> x, const CodeExtent& extent, std::int64_t batch,
               std::span<std::int8_t> y) const;

  const IslandSettings& settings() const { return settings_; }
  QParams input() const { return input_; }
  QParams output() const { return output_; }

 private:
  std::vector<float> layer_output(std::vector<float> x, const CodeExtent& extent) const;

  IslandSettings settings_;
  Tensor weight_;  // of a layer, as operations take it
  Tensor bias_;
  QParams input_;
  QParams output_;
  QRange range_;
};

}  // namespace tinytorch::quantization
