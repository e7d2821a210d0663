#pragma once
// What a deployed network computes in float, between a dequantize and a quantize: layer
// normalization and softmax. Given. Reports name them, since "all integers" does not hold where one
// stands; and since their sums and exponentials are floats, another runtime may differ by a code.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"
#include "tinytorch/quantization/int8/code_joins.h"

namespace tinytorch::quantization {

enum class IslandKind { kLayerNorm, kSoftmax };

constexpr std::string_view name(IslandKind kind) {
  return kind == IslandKind::kLayerNorm ? "layer_norm" : "softmax";
}

struct IslandSettings {
  IslandKind kind = IslandKind::kSoftmax;
  // The dimensions that it looks along, of [N, C, H, W] or [n, features]: softmax along this one,
  // layer normalization along this one and all behind it.
  std::int64_t dim = 1;
  float epsilon = 1e-5f;        // of layer normalization, as weight and bias
  std::vector<float> weight{};  // empty: ones
  std::vector<float> bias{};    // empty: zeros
};

class FloatIsland {
 public:
  // Throws Error on parameters or a range that require_qparams() and require_codes() (qtypes.h)
  // refuse, a dimension other than 1 to 3, and an epsilon, weight or bias that is not finite.
  FloatIsland(IslandSettings settings, QParams input, QParams output, QRange range);

  // Throws Error where weight and bias do not have as many values as `extent` has there.
  void require_fits(const CodeExtent& extent) const;
  // Channels-last codes of `batch` samples. Throws Error when sizes do not fit.
  void forward(std::span<const std::int8_t> x, const CodeExtent& extent, std::int64_t batch,
               std::span<std::int8_t> y) const;

  const IslandSettings& settings() const { return settings_; }
  QParams input() const { return input_; }
  QParams output() const { return output_; }

 private:
  IslandSettings settings_;
  QParams input_;
  QParams output_;
  QRange range_;
};

}  // namespace tinytorch::quantization
