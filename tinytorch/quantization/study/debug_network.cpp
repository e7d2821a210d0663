#include "tinytorch/quantization/study/debug_network.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/study/detail/simulate_network.h"

namespace tinytorch::quantization {
namespace {

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
