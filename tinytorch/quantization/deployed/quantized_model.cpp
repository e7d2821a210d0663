#include "tinytorch/quantization/deployed/quantized_model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/packing.h"

namespace tinytorch::quantization {

QuantizedModel::QuantizedModel(std::vector<QuantizedLinear> layers, int activation_bits)
    : layers_(std::move(layers)), activation_bits_(activation_bits) {
  if (layers_.empty()) throw Error("QuantizedModel: no layers");
  (void)full_range(activation_bits);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!layers_[i].multipliers().empty() || !layers_[i].fixed_multipliers().empty()) continue;
    throw Error(concat("QuantizedModel: layer ", i,
                       ": the output has no scale yet; calibrate, then call set_output"));
  }
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
  runs_u8_ = std::all_of(layers_.begin(), layers_.end(), [](const QuantizedLinear& layer) {
    return layer.dialect() == Dialect::kOrt;
  });
}

std::vector<std::int8_t> QuantizedModel::quantize_input(const Tensor& x) const {
  check_input(x);
  const auto count = static_cast<std::size_t>(x.numel());
  std::vector<std::int8_t> codes(count);
  quantize(x.data(), layers_.front().input(), full_range(activation_bits_), codes);
  return codes;
}

namespace {

using Layers = std::vector<QuantizedLinear>;

// Scratch that grows and stays: the input's codes, and what layers write and read by turns.
enum class Buffer { kInput, kEven, kOdd };
std::span<std::uint8_t> scratch(Buffer buffer, std::int64_t size) {
  thread_local std::array<std::vector<std::uint8_t>, 3> buffers;
  std::vector<std::uint8_t>& bytes = buffers[static_cast<std::size_t>(buffer)];
  const auto wanted = static_cast<std::size_t>(size);
  if (bytes.size() < wanted) bytes.resize(wanted);
  return std::span(bytes).first(wanted);
}

// The codes of quantize(), 128 higher. Block by block, so that the second pass finds the codes of
// the first in the first-level cache.
void quantize_u8(std::span<const float> x, QParams params, QRange range,
                 std::span<std::uint8_t> raised) {
  constexpr std::size_t kBlock = 4096;
  std::array<std::int8_t, kBlock> signed_codes;
  for (std::size_t begin = 0; begin < x.size(); begin += kBlock) {
    const std::size_t size = std::min(kBlock, x.size() - begin);
    quantize(x.subspan(begin, size), params, range, std::span(signed_codes).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      raised[begin + i] = static_cast<std::uint8_t>(signed_codes[i] + 128);
    }
  }
}

// The VNNI kernel multiplies uint8: with all codes 128 higher no layer has to shift its input.
std::vector<std::int8_t> run_u8(const Layers& layers, std::span<const std::uint8_t> x) {
  const auto n = static_cast<std::int64_t>(x.size()) / layers.front().in_features();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto to =
        scratch(i % 2 == 0 ? Buffer::kEven : Buffer::kOdd, n * layers[i].out_features());
    layers[i].forward_u8(x, to, Isa::kAvx512Vnni);
    x = to;
  }
  std::vector<std::int8_t> result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) result[i] = static_cast<std::int8_t>(x[i] ^ 0x80);
  return result;
}

std::vector<std::int8_t> run_int8(const Layers& layers, std::span<const std::int8_t> x, Isa isa) {
  const auto n = static_cast<std::int64_t>(x.size()) / layers.front().in_features();
  std::vector<std::int8_t> codes(x.begin(), x.end());
  for (const QuantizedLinear& layer : layers) {
    std::vector<std::int8_t> next(static_cast<std::size_t>(n * layer.out_features()));
    layer.forward(codes, next, isa);
    codes = std::move(next);
  }
  return codes;
}

}  // namespace

std::vector<std::int8_t> QuantizedModel::forward_codes(std::span<const std::int8_t> x,
                                                       Isa isa) const {
  if (!runs_u8_ || isa != Isa::kAvx512Vnni) return run_int8(layers_, x, isa);
  const auto raised = scratch(Buffer::kInput, static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) raised[i] = static_cast<std::uint8_t>(x[i] + 128);
  return run_u8(layers_, raised);
}

Tensor QuantizedModel::dequantize_output(std::span<const std::int8_t> codes) const {
  const std::int64_t out = layers_.back().out_features();
  Tensor logits(Shape{static_cast<std::int64_t>(codes.size()) / out, out});
  dequantize(codes, layers_.back().output(), logits.data());
  return logits;
}

Tensor QuantizedModel::forward(const Tensor& x) const {
  if (!runs_u8_ || best_isa() != Isa::kAvx512Vnni) {
    return dequantize_output(forward_codes(quantize_input(x)));
  }
  check_input(x);
  const auto raised = scratch(Buffer::kInput, x.numel());
  quantize_u8(x.data(), layers_.front().input(), full_range(activation_bits_), raised);
  return dequantize_output(run_u8(layers_, raised));
}

void QuantizedModel::check_input(const Tensor& x) const {
  if (x.ndim() != 2 || x.size(1) != layers_.front().in_features()) {
    throw Error(concat("QuantizedModel: input ", to_string(x.shape()), ", expected [n, ",
                       layers_.front().in_features(), "]"));
  }
}

std::int64_t QuantizedModel::weight_bytes() const {
  std::int64_t bytes = 0;
  for (const QuantizedLinear& layer : layers_) {
    bytes += packed_bytes(layer.out_features() * layer.in_features(), layer.weight_bits());
  }
  return bytes;
}

}  // namespace tinytorch::quantization
