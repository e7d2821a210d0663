// The deployed network at work: node by node over one arena, chains of linear layers at once.
#include <algorithm>
#include <memory>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/deployed/detail/linear_chain.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/deployed/run_op.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::quantization {

std::int64_t QuantizedNetwork::batch_of(std::span<const std::int8_t> x) const {
  const auto count = static_cast<std::int64_t>(x.size());
  if (count == 0 || count % values_.front().codes() != 0) {
    throw Error(concat("QuantizedNetwork: ", count, " codes are not a number of inputs of ",
                       to_string(sample_)));
  }
  return count / values_.front().codes();
}

std::span<std::int8_t> QuantizedNetwork::value_in(std::span<std::int8_t> arena, std::size_t value,
                                                  std::int64_t batch) const {
  const NetworkValue& v = values_[value];
  return arena.subspan(static_cast<std::size_t>(v.offset * batch),
                       static_cast<std::size_t>(v.codes() * batch));
}

void QuantizedNetwork::run_node(std::size_t index, std::int64_t batch, std::span<std::int8_t> arena,
                                Isa isa) const {
  const QuantizedNode& node = nodes_[index];
  std::vector<OpInput> inputs;
  for (const std::size_t input : node.inputs) {
    const NetworkValue& value = values_[input];
    inputs.push_back({value_in(arena, input, batch), value.extent(), value.grid.zero_point});
  }
  run_op(node.op, inputs, {batch, full_range(activation_bits_), dialect_, isa},
         value_in(arena, index + 1, batch));
}

// How many layers from node `first` on can run on uint8 codes, 128 higher, from one to the next.
std::size_t QuantizedNetwork::u8_layers(std::size_t first, Isa isa) const {
  return dialect_ == Dialect::kOrt && isa == Isa::kAvx512Vnni ? chain_[first] : 0;
}

std::vector<std::int8_t> QuantizedNetwork::value_codes(std::span<const std::int8_t> x,
                                                       std::size_t index, Isa isa) const {
  if (index >= values_.size()) {
    throw Error(concat("QuantizedNetwork: value ", index, " of ", values_.size()));
  }
  const std::int64_t batch = batch_of(x);
  const NetworkValue& wanted = values_[index];
  if (index > 0 && u8_layers(0, isa) >= index) {
    std::vector<std::int8_t> codes(static_cast<std::size_t>(wanted.codes() * batch));
    run_chain(std::span(nodes_).first(index), x, codes);
    return codes;
  }
  const auto bytes = static_cast<std::size_t>(arena_ * batch);
  // Not cleared: every value is written whole before it is read.
  const auto storage = std::make_unique_for_overwrite<std::int8_t[]>(bytes);
  const std::span<std::int8_t> arena(storage.get(), bytes);
  std::copy(x.begin(), x.end(), arena.begin() + values_.front().offset * batch);
  for (std::size_t i = 0; i < index;) {
    const std::size_t together = std::min(u8_layers(i, isa), index - i);
    if (together < 2) {
      run_node(i++, batch, arena, isa);
      continue;
    }
    const auto nodes = std::span(nodes_).subspan(i, together);
    run_chain(nodes, value_in(arena, nodes.front().inputs.front(), batch),
              value_in(arena, i + together, batch));
    i += together;
  }
  const std::span<const std::int8_t> codes = value_in(arena, index, batch);
  return {codes.begin(), codes.end()};
}

std::vector<std::int8_t> QuantizedNetwork::forward_codes(std::span<const std::int8_t> x,
                                                         Isa isa) const {
  return value_codes(x, nodes_.size(), isa);
}

void QuantizedNetwork::check_input(const Tensor& x) const {
  bool fits = x.ndim() == sample_.ndim() + 1 && x.numel() > 0;
  for (std::int64_t d = 0; fits && d < sample_.ndim(); ++d) fits = x.size(d + 1) == sample_[d];
  if (!fits) {
    throw Error(concat("QuantizedNetwork: input ", to_string(x.shape()), ", expected a batch of ",
                       to_string(sample_)));
  }
}

std::vector<std::int8_t> QuantizedNetwork::quantize_input(const Tensor& x) const {
  check_input(x);
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  const NetworkValue& in = values_.front();
  quantize(x.data(), in.grid, full_range(activation_bits_), codes);
  if (in.flat || in.channels == 1) return codes;
  return to_channels_last<std::int8_t>(codes, in.channels, in.height * in.width);
}

Tensor QuantizedNetwork::dequantize_output(std::span<const std::int8_t> codes) const {
  const NetworkValue& out = values_.back();
  if (static_cast<std::int64_t>(codes.size()) % out.codes() != 0) {
    throw Error(concat("QuantizedNetwork: ", codes.size(), " codes are not a number of outputs of ",
                       out.codes()));
  }
  const std::int64_t batch = static_cast<std::int64_t>(codes.size()) / out.codes();
  Tensor y(out.flat ? Shape{batch, out.channels}
                    : Shape{batch, out.channels, out.height, out.width});
  if (out.flat || out.channels == 1) {
    dequantize(codes, out.grid, y.data());
  } else {
    dequantize(to_channels_first<std::int8_t>(codes, out.channels, out.height * out.width),
               out.grid, y.data());
  }
  return y;
}

Tensor QuantizedNetwork::forward(const Tensor& x) const {
  if (u8_layers(0, best_isa()) == nodes_.size()) {
    check_input(x);
    std::vector<std::int8_t> codes(static_cast<std::size_t>(x.size(0) * values_.back().codes()));
    run_chain(nodes_, x.data(), full_range(activation_bits_), codes);
    return dequantize_output(codes);
  }
  return dequantize_output(forward_codes(quantize_input(x)));
}

}  // namespace tinytorch::quantization
