#include "tinytorch/quantization/quantized_model.h"

#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/packing.h"

namespace tinytorch::quantization {

QuantizedModel::QuantizedModel(std::vector<QuantizedLinear> layers, int activation_bits)
    : layers_(std::move(layers)), activation_bits_(activation_bits) {
  if (layers_.empty()) throw Error("QuantizedModel: no layers");
  for (std::size_t i = 1; i < layers_.size(); ++i) {
    const QuantizedLinear& from = layers_[i - 1];
    const QuantizedLinear& to = layers_[i];
    if (from.out_features() != to.in_features()) {
      throw Error(concat("QuantizedModel: layer ", i - 1, " gives ", from.out_features(),
                         " features, layer ", i, " takes ", to.in_features()));
    }
    if (!(from.output() == to.input())) {
      throw Error(concat("QuantizedModel: layer ", i, " reads codes with scale ", to.input().scale,
                         ", zero-point ", to.input().zero_point, "; layer ", i - 1,
                         " writes them with scale ", from.output().scale, ", zero-point ",
                         from.output().zero_point));
    }
  }
}

std::vector<std::int8_t> QuantizedModel::quantize_input(const Tensor& x) const {
  if (x.ndim() != 2 || x.size(1) != layers_.front().in_features()) {
    throw Error(concat("QuantizedModel: input ", to_string(x.shape()), ", expected [n, ",
                       layers_.front().in_features(), "]"));
  }
  const auto count = static_cast<std::size_t>(x.numel());
  std::vector<std::int8_t> codes(count);
  quantize(x.data(), layers_.front().input(), full_range(activation_bits_), codes);
  return codes;
}

std::vector<std::int8_t> QuantizedModel::forward_codes(std::span<const std::int8_t> x,
                                                       Isa isa) const {
  const auto n = static_cast<std::int64_t>(x.size()) / layers_.front().in_features();
  std::vector<std::int8_t> codes(x.begin(), x.end());
  for (const QuantizedLinear& layer : layers_) {
    std::vector<std::int8_t> next(static_cast<std::size_t>(n * layer.out_features()));
    layer.forward(codes, next, isa);
    codes = std::move(next);
  }
  return codes;
}

Tensor QuantizedModel::dequantize_output(std::span<const std::int8_t> codes) const {
  const std::int64_t out = layers_.back().out_features();
  Tensor logits(Shape{static_cast<std::int64_t>(codes.size()) / out, out});
  dequantize(codes, layers_.back().output(), logits.data());
  return logits;
}

Tensor QuantizedModel::forward(const Tensor& x) const {
  return dequantize_output(forward_codes(quantize_input(x)));
}

std::int64_t QuantizedModel::weight_bytes() const {
  std::int64_t bytes = 0;
  for (const QuantizedLinear& layer : layers_) {
    bytes += packed_bytes(layer.out_features() * layer.in_features(), layer.weight_bits());
  }
  return bytes;
}

}  // namespace tinytorch::quantization
