#include "tinytorch/quantization/study/detail/simulate_network.h"

#include <variant>

#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/per_channel.h"
#include "tinytorch/quantization/deployed/run_op.h"

namespace tinytorch::quantization {
namespace {

using kernels::ConvGeometry;

// A convolution of its own, in one loop for two arithmetics, and none of the kernels: a debugger
// may not ask what it debugs. In int64 it says what a sum is, whatever a kernel, a folded
// zero-point or a wrapped int32 makes of it; in float it adds in the plain order, which the float
// kernels (channels first, in tiles) do not.

// One window of a channels-last image times the weights of output channel o, from `sum` on. Places
// outside the image are 0.
template <typename Sum>
Sum window_sum(const ConvGeometry& s, const Sum* image, const Sum* weight, std::int64_t i,
               std::int64_t j, std::int64_t o, Sum sum) {
  const std::int64_t channels = s.in_channels / s.groups;
  const std::int64_t first = o / (s.out_channels / s.groups) * channels;
  for (std::int64_t u = 0; u < s.kernel.height; ++u) {
    const std::int64_t y = i * s.stride.height + u * s.dilation.height - s.padding.top;
    for (std::int64_t v = 0; v < s.kernel.width; ++v, weight += channels) {
      const std::int64_t x = j * s.stride.width + v * s.dilation.width - s.padding.left;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
      const Sum* place = image + (y * s.in_width + x) * s.in_channels + first;
      for (std::int64_t c = 0; c < channels; ++c) sum += place[c] * weight[c];
    }
  }
  return sum;
}

// The whole convolution: x [N, H, W, in], weight [out, kh, kw,
// in/groups], bias [out] → [N, H', W', out].
template <typename Sum>
std::vector<Sum> convolve(const ConvGeometry& s, const std::vector<Sum>& x,
                          const std::vector<Sum>& weight, const std::vector<Sum>& bias) {
  std::vector<Sum> sums;
  const auto window = static_cast<std::int64_t>(weight.size()) / s.out_channels;
  for (std::int64_t n = 0; n < s.batch; ++n) {
    const Sum* image = x.data() + n * s.in_height * s.in_width * s.in_channels;
    for (std::int64_t i = 0; i < s.out_height; ++i) {
      for (std::int64_t j = 0; j < s.out_width; ++j) {
        for (std::int64_t o = 0; o < s.out_channels; ++o) {
          sums.push_back(window_sum(s, image, weight.data() + o * window, i, j, o,
                                    bias[static_cast<std::size_t>(o)]));
        }
      }
    }
  }
  return sums;
}

}  // namespace

ConvGeometry sizes_of(const QuantizedNode& node, const NetworkValue& in, std::int64_t batch) {
  if (const auto* conv = std::get_if<QuantizedConv2d>(&node.op)) {
    return conv->sizes_of(in.image(batch));
  }
  const auto& linear = std::get<QuantizedLinear>(node.op);
  ConvGeometry sizes;
  sizes.batch = batch;
  sizes.in_channels = linear.in_features();
  sizes.out_channels = linear.out_features();
  return sizes;
}

std::vector<std::int64_t> exact_sums(const LayerValues& layer, const ConvGeometry& sizes,
                                     const Codes& codes) {
  std::vector<std::int64_t> x;
  for (const std::int8_t code : codes) x.push_back(std::int64_t{code} - layer.input.zero_point);
  return convolve<std::int64_t>(sizes, x, {layer.weight.begin(), layer.weight.end()},
                                {layer.bias.begin(), layer.bias.end()});
}

namespace {

// The layer as fake quantization has it: float all the way, and codes at the end.
Codes simulated_layer(const LayerValues& layer, const ConvGeometry& sizes, const Codes& codes) {
  std::vector<float> x(codes.size());
  dequantize(codes, layer.input, x);
  const std::span<const float> scales = layer.weight_scales;
  std::vector<float> weight(layer.weight.size());
  dequantize_per_channel(layer.weight, scales, weight);
  std::vector<float> bias;
  for (std::size_t o = 0; o < scales.size(); ++o) {
    bias.push_back(static_cast<float>(layer.bias[o]) * (layer.input.scale * scales[o]));
  }
  const std::vector<float> real = convolve<float>(sizes, x, weight, bias);
  Codes out(real.size());
  quantize(real, layer.output, layer.output_range, out);
  return out;
}

// One node of the simulation. Nodes that are not layers compute codes from codes in float already
// (add_codes), or do not round at all.
struct Simulate {
  const QuantizedNode& node;
  const NetworkValue& in;
  std::int64_t batch;
  std::span<const OpInput> inputs;
  const NetworkValue& written;
  QRange range;
  const Codes& x;
  const Codes& second;

  Codes layer() const { return simulated_layer(*layer_values(node), sizes_of(node, in, batch), x); }
  Codes operator()(const QuantizedLinear&) const { return layer(); }
  Codes operator()(const QuantizedConv2d&) const { return layer(); }
  Codes operator()(const QuantizedAdd& sum) const {
    Codes out(x.size());
    add_codes(x, second, sum.grids(), sum.output_range(), out);
    return out;
  }
  Codes operator()(const QuantizedPool& pool) const {
    const ConvGeometry sizes = pool_sizes(pool, in.channels, in.image(batch));
    Codes out(static_cast<std::size_t>(sizes.batch * sizes.out_height * sizes.out_width *
                                       sizes.out_channels));
    if (pool.kind == PoolKind::kMax) {
      max_pool(x, sizes, out, Isa::kScalar);
    } else {
      average_pool(x, in.grid.zero_point, range, sizes, Dialect::kOrt, out, Isa::kScalar,
                   pool.count_include_pad);
    }
    return out;
  }
  Codes operator()(const QuantizedFlatten&) const { return x; }
  // Float between codes and codes already.
  template <typename Other>
  Codes operator()(const Other&) const {
    Codes out(static_cast<std::size_t>(batch * written.codes()));
    run_op(node.op, inputs, {batch, range, Dialect::kOrt, Isa::kScalar}, out);
    return out;
  }
};

}  // namespace

std::vector<Codes> simulate(const QuantizedNetwork& network, const Tensor& x) {
  std::vector<Codes> values{network.quantize_input(x)};
  for (const QuantizedNode& node : network.nodes()) {
    std::vector<OpInput> inputs;
    for (const std::size_t input : node.inputs) {
      const NetworkValue& value = network.values()[input];
      inputs.push_back({values[input], value.extent(), value.grid.zero_point});
    }
    const Simulate run{node,
                       network.values()[node.inputs.front()],
                       x.size(0),
                       inputs,
                       network.values()[values.size()],
                       full_range(network.activation_bits()),
                       values[node.inputs.front()],
                       values[node.inputs.back()]};
    values.push_back(std::visit(run, node.op));
  }
  return values;
}

}  // namespace tinytorch::quantization
