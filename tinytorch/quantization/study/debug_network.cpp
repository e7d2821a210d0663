#include "tinytorch/quantization/study/debug_network.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/per_channel.h"
#include "tinytorch/quantization/deployed/run_op.h"
#include "tinytorch/quantization/int8/integer_linear.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
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

// The layer of a node as a convolution over `batch` samples of `in`: a row of features is an image
// of one pixel. For nodes with weights.
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

// The sums of a layer that no int32 can have wrapped.
std::vector<std::int64_t> exact_sums(const LayerValues& layer, const ConvGeometry& sizes,
                                     const Codes& codes) {
  std::vector<std::int64_t> x;
  for (const std::int8_t code : codes) x.push_back(std::int64_t{code} - layer.input.zero_point);
  return convolve<std::int64_t>(sizes, x, {layer.weight.begin(), layer.weight.end()},
                                {layer.bias.begin(), layer.bias.end()});
}

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

// From the scales, for both runs by the same formula: equal where the scales are.
LayerRun run_of(const LayerValues& layer, Codes codes) {
  return {.multipliers =
              requantize_multipliers(layer.input.scale, layer.weight_scales, layer.output.scale),
          .zero_point = layer.output.zero_point,
          .range = layer.output_range,
          .codes = std::move(codes)};
}

LayerComparison compare(const std::string& path, const Codes& integer, const Codes& simulated) {
  if (integer.size() != simulated.size()) {
    throw Error(concat("compare_with_simulation: ", path, " writes ", integer.size(), " codes, ",
                       simulated.size(), " in the simulation: the images differ in size"));
  }
  LayerComparison result{path, static_cast<std::int64_t>(integer.size())};
  for (std::size_t i = 0; i < integer.size(); ++i) {
    const std::int32_t difference = std::abs(integer[i] - simulated[i]);
    if (difference != 0) ++result.differ;
    result.largest = std::max(result.largest, difference);
  }
  return result;
}

// The real numbers at which a layer's output clips.
std::string ends_of(const LayerValues& layer) {
  const auto real = [&](std::int32_t code) {
    return static_cast<float>(code - layer.output.zero_point) * layer.output.scale;
  };
  return concat("[", real(layer.output_range.qmin), ", ", real(layer.output_range.qmax), "]");
}

// What the two layers do not share for output o, the deployed one's first; empty when it is nothing
// of their own.
std::string apart(const LayerValues& a, const LayerValues& b, std::size_t o) {
  std::string text;
  const auto add = [&](const char* what, auto of_a, auto of_b) {
    if (of_a != of_b) text += concat(text.empty() ? "" : ", ", what, " ", of_a, " against ", of_b);
  };
  add("input scale", a.input.scale, b.input.scale);
  add("input zero-point", a.input.zero_point, b.input.zero_point);
  add("weight scale", a.weight_scales[o], b.weight_scales[o]);
  add("output scale", a.output.scale, b.output.scale);
  add("output zero-point", a.output.zero_point, b.output.zero_point);
  add("clip", ends_of(a), ends_of(b));
  add("bias code", a.bias[o], b.bias[o]);
  const std::size_t window = a.weight.size() / a.weight_scales.size();
  for (std::size_t k = o * window; k < (o + 1) * window; ++k) {
    if (a.weight[k] == b.weight[k]) continue;
    add("weight code", int{a.weight[k]}, int{b.weight[k]});
    break;  // one is enough to look at
  }
  return text;
}

// Two layers of the same name and what the two runs made of them.
struct Pair {
  std::string path;
  LayerValues deployed;
  LayerValues simulated;
};

std::string explain(const Divergence& at, const Pair& layer, const LayerTrace& trace) {
  const auto& [sums, integer, simulated] = trace;
  const std::size_t out = at.element % integer.multipliers.size();
  const double position =
      static_cast<double>(sums[at.element]) * double{integer.multipliers[out]} + integer.zero_point;
  const std::string text =
      concat(layer.path, ", output ", out, ": the sum ", sums[at.element], " stands for code ",
             position, "; the integers wrote ", int{integer.codes[at.element]}, ", the simulation ",
             int{simulated.codes[at.element]}, ". ");
  const std::string differs = apart(layer.deployed, layer.simulated, out);
  switch (at.cause) {
    case Cause::kOverflow:
      return text + "The sum does not fit in int32: enlarge the scale of that channel's weights.";
    case Cause::kGrid:
      return text + "The two do not share a grid, so one chose a clip of its own: " + differs + ".";
    case Cause::kClip:
      return text + concat("The integers clip at codes ", integer.range.qmin, " and ",
                           integer.range.qmax, ", the simulation at ", simulated.range.qmin,
                           " and ", simulated.range.qmax, ".");
    case Cause::kTie:
      return text + "On the border between two codes float sums decide by their rounding.";
    case Cause::kOther:
      break;
  }
  return text + "No border is near: " +
         (differs.empty() ? "what the layer reads differs already." : differs + ".");
}

LayerValues partner(const LayerValues& layer, const QuantizedNode& node, const std::string& path) {
  std::optional<LayerValues> other = layer_values(node);
  if (!other || other->weight.size() != layer.weight.size() ||
      other->weight_scales.size() != layer.weight_scales.size()) {
    throw Error(concat("compare_with_simulation: ", path, " has ", layer.weight.size(),
                       " weights and ", layer.weight_scales.size(), " outputs, ", node.path,
                       " of the simulation differs: simulate a network of the same layers"));
  }
  return *std::move(other);
}

}  // namespace

NetworkComparison compare_with_simulation(const QuantizedNetwork& deployed,
                                          const QuantizedNetwork& simulated, const Tensor& x) {
  if (deployed.nodes().size() != simulated.nodes().size()) {
    throw Error(concat("compare_with_simulation: ", deployed.nodes().size(), " nodes against ",
                       simulated.nodes().size()));
  }
  const std::vector<Codes> simulation = simulate(simulated, x);
  const Codes input = deployed.quantize_input(x);
  std::vector<LayerTrace> traces;
  std::vector<Pair> pairs;
  NetworkComparison result;
  for (std::size_t i = 0; i < deployed.nodes().size(); ++i) {
    const QuantizedNode& node = deployed.nodes()[i];
    const std::optional<LayerValues> layer = layer_values(node);
    if (!layer) continue;
    pairs.push_back({node.path, *layer, partner(*layer, simulated.nodes()[i], node.path)});
    const std::size_t from = node.inputs.front();
    traces.push_back({.sums = exact_sums(*layer, sizes_of(node, deployed.values()[from], x.size(0)),
                                         deployed.value_codes(input, from)),
                      .integer = run_of(*layer, deployed.value_codes(input, i + 1)),
                      .simulated = run_of(pairs.back().simulated, simulation[i + 1])});
    result.layers.push_back(
        compare(node.path, traces.back().integer.codes, traces.back().simulated.codes));
  }
  result.first = first_divergence(traces);
  if (result.first) {
    const std::size_t at = result.first->layer;
    result.explanation = explain(*result.first, pairs[at], traces[at]);
  }
  return result;
}

NetworkComparison compare_with_simulation(const QuantizedNetwork& deployed, const Tensor& x) {
  return compare_with_simulation(deployed, deployed, x);
}

}  // namespace tinytorch::quantization
