#include "tinytorch/quantization/debug_network.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <variant>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/per_channel.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using kernels::ConvSizes;

// One window of a channels-last image times the weights of output channel o, from `sum` on. Places
// outside the image are 0.
template <typename Sum>
Sum window_sum(const ConvSizes& s, const Sum* image, const Sum* weight, std::int64_t i,
               std::int64_t j, std::int64_t o, Sum sum) {
  const std::int64_t channels = s.in_channels / s.groups;
  const std::int64_t first = o / (s.out_channels / s.groups) * channels;
  for (std::int64_t u = 0; u < s.kernel_height; ++u) {
    const std::int64_t y = i * s.stride + u - s.padding;
    for (std::int64_t v = 0; v < s.kernel_width; ++v, weight += channels) {
      const std::int64_t x = j * s.stride + v - s.padding;
      if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
      const Sum* place = image + (y * s.in_width + x) * s.in_channels + first;
      for (std::int64_t c = 0; c < channels; ++c) sum += place[c] * weight[c];
    }
  }
  return sum;
}

// A whole convolution in another arithmetic than int32: x [N, H, W, in], weight [out, kh, kw,
// in/groups], bias [out] → [N, H', W', out].
template <typename Sum>
std::vector<Sum> convolve(const ConvSizes& s, const std::vector<Sum>& x,
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

// The sums of a layer that no int32 can have wrapped.
std::vector<std::int64_t> exact_sums(const QuantizedConv2d& layer, const ConvSizes& sizes,
                                     const Codes& codes) {
  const std::int64_t zero_point = layer.input().zero_point;
  std::vector<std::int64_t> x;
  for (const std::int8_t code : codes) x.push_back(code - zero_point);
  const auto weight = layer.weight_codes();
  const auto bias = layer.bias();
  return convolve<std::int64_t>(sizes, x, {weight.begin(), weight.end()},
                                {bias.begin(), bias.end()});
}

// The layer as fake quantization has it: float all the way, and codes at the end.
Codes simulated_layer(const QuantizedConv2d& layer, const ConvSizes& sizes, const Codes& codes) {
  std::vector<float> x(codes.size());
  dequantize(codes, layer.input(), x);
  const std::span<const float> scales = layer.weight_scales();
  std::vector<float> weight(layer.weight_codes().size());
  dequantize_per_channel(layer.weight_codes(), scales, weight);
  std::vector<float> bias;
  for (std::size_t o = 0; o < scales.size(); ++o) {
    bias.push_back(static_cast<float>(layer.bias()[o]) * (layer.input().scale * scales[o]));
  }
  const std::vector<float> real = convolve<float>(sizes, x, weight, bias);
  Codes out(real.size());
  quantize(real, layer.output(), layer.output_range(), out);
  return out;
}

// One node of the simulation. What is no layer computes codes from codes in float already
// (add_codes) or rounds nothing that float would not.
struct Simulate {
  const NetworkValue& in;
  std::int64_t batch;
  const Codes& x;
  const Codes& second;
  QRange range;

  ImageSize image() const {
    return in.flat ? ImageSize{1, batch, 1} : ImageSize{batch, in.height, in.width};
  }
  Codes operator()(const QuantizedConv2d& layer) const {
    return simulated_layer(layer, layer.sizes_of(image()), x);
  }
  Codes operator()(const QuantizedAdd& sum) const {
    Codes out(x.size());
    add_codes(x, second, sum.grids(), sum.output_range(), out);
    return out;
  }
  Codes operator()(const QuantizedPool& pool) const {
    const ConvSizes sizes = pool_sizes(pool, in.channels, image());
    Codes out(static_cast<std::size_t>(sizes.batch * sizes.out_height * sizes.out_width *
                                       sizes.out_channels));
    if (pool.kind == PoolKind::kMax) {
      max_pool_codes(x, sizes, out);
    } else {
      average_pool_codes(x, in.grid.zero_point, range, sizes, Dialect::kOrt, out);
    }
    return out;
  }
  Codes operator()(const QuantizedFlatten&) const { return x; }
};

std::vector<Codes> simulate(const QuantizedNetwork& network, const Tensor& x) {
  std::vector<Codes> values{network.quantize_input(x)};
  for (const QuantizedNode& node : network.nodes()) {
    const Simulate run{network.values()[node.inputs.front()], x.size(0),
                       values[node.inputs.front()], values[node.inputs.back()],
                       full_range(network.activation_bits())};
    values.push_back(std::visit(run, node.op));
  }
  return values;
}

std::vector<float> multipliers_of(const QuantizedConv2d& layer) {
  std::vector<float> multipliers(layer.multipliers().begin(), layer.multipliers().end());
  for (const FixedPoint& fixed : layer.fixed_multipliers()) {
    multipliers.push_back(std::ldexp(static_cast<float>(fixed.mantissa), fixed.exponent - 31));
  }
  return multipliers;
}

LayerTrace trace_of(const QuantizedConv2d& layer, const ConvSizes& sizes, const Codes& input,
                    Codes integer, Codes simulated) {
  return {.sums = exact_sums(layer, sizes, input),
          .multipliers = multipliers_of(layer),
          .zero_point = layer.output().zero_point,
          .range = layer.output_range(),
          .integer = std::move(integer),
          .simulated = std::move(simulated)};
}

LayerComparison compare(const std::string& path, const Codes& integer, const Codes& simulated) {
  LayerComparison result{path, static_cast<std::int64_t>(integer.size())};
  for (std::size_t i = 0; i < integer.size(); ++i) {
    const std::int32_t difference = std::abs(integer[i] - simulated[i]);
    if (difference != 0) ++result.differ;
    result.largest = std::max(result.largest, difference);
  }
  return result;
}

std::string explain(const Divergence& at, const std::string& path, const LayerTrace& trace) {
  const std::size_t out = at.element % trace.multipliers.size();
  const double position =
      static_cast<double>(trace.sums[at.element]) * double{trace.multipliers[out]} +
      trace.zero_point;
  std::string text =
      concat(path, ", output ", out, ": the sum ", trace.sums[at.element], " stands for code ",
             position, "; the integers wrote ", int{trace.integer[at.element]}, ", the simulation ",
             int{trace.simulated[at.element]}, ". ");
  switch (at.cause) {
    case Cause::kOverflow:
      return text + "The sum does not fit in int32: enlarge the scale of that channel's weights.";
    case Cause::kClip:
      return text + concat("Codes end at ", trace.range.qmin, " and ", trace.range.qmax,
                           ": one of the two clips elsewhere.");
    case Cause::kTie:
      return text + "On the border between two codes float sums decide by their rounding.";
    case Cause::kOther:
      break;
  }
  return text + "No border is near: a scale, a zero-point or a weight differs.";
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
  NetworkComparison result;
  for (std::size_t i = 0; i < deployed.nodes().size(); ++i) {
    const QuantizedNode& node = deployed.nodes()[i];
    const auto* layer = std::get_if<QuantizedConv2d>(&node.op);
    if (layer == nullptr) continue;
    const std::size_t from = node.inputs.front();
    const NetworkValue& in = deployed.values()[from];
    const ImageSize image =
        in.flat ? ImageSize{1, x.size(0), 1} : ImageSize{x.size(0), in.height, in.width};
    traces.push_back(trace_of(*layer, layer->sizes_of(image), deployed.value_codes(input, from),
                              deployed.value_codes(input, i + 1), simulation[i + 1]));
    result.layers.push_back(compare(node.path, traces.back().integer, traces.back().simulated));
  }
  result.first = first_divergence(traces);
  if (result.first) {
    const std::size_t at = result.first->layer;
    result.explanation = explain(*result.first, result.layers[at].path, traces[at]);
  }
  return result;
}

NetworkComparison compare_with_simulation(const QuantizedNetwork& deployed, const Tensor& x) {
  return compare_with_simulation(deployed, deployed, x);
}

}  // namespace tinytorch::quantization
