#include "tinytorch/quantization/study/layer_report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <variant>

#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/study/debug_network.h"
#include "tinytorch/quantization/study/sensitivity.h"

namespace tinytorch::quantization {
namespace {

// diagnose() knows one scale, a weight has one for each row: rows add up as signal and noise do.
double weight_sqnr_db(std::span<const float> weight, const LayerValues& layer) {
  const std::size_t row = weight.size() / layer.weight_scales.size();
  double signal = 0.0;
  double noise = 0.0;
  for (std::size_t o = 0; o < layer.weight_scales.size(); ++o) {
    const auto values = weight.subspan(o * row, row);
    const Diagnosis d =
        diagnose(values, {layer.weight_scales[o], 0}, symmetric_range(layer.weight_bits));
    double of_row = 0.0;
    for (const float w : values) of_row += double{w} * double{w};
    signal += of_row;
    if (of_row > 0.0) noise += of_row / std::pow(10.0, d.sqnr_db / 10.0);
  }
  return noise == 0.0 ? std::numeric_limits<double>::infinity() : 10.0 * std::log10(signal / noise);
}

// What the deployed layer's own sums stand for, behind the activation.
std::vector<float> real_outputs(const QuantizedNode& node, std::span<const std::int8_t> x,
                                const ImageSize& image, std::size_t count) {
  std::vector<std::int32_t> sums(count);
  if (const auto* linear = std::get_if<QuantizedLinear>(&node.op)) {
    linear->accumulate(x, sums);
    return linear->real_outputs(sums);
  }
  const auto& conv = std::get<QuantizedConv2d>(node.op);
  conv.accumulate(x, image, sums);
  return conv.real_outputs(sums);
}

}  // namespace

std::vector<LayerReport> report_layers(const QatNetwork& net, const Tensor& x) {
  const QuantizedNetwork deployed = convert_network(net);
  const NetworkComparison comparison = compare_with_simulation(deployed, x);
  const std::vector<std::int8_t> input = deployed.quantize_input(x);
  std::vector<LayerReport> reports;
  for (std::size_t i = 0; i < deployed.nodes().size(); ++i) {
    const QuantizedNode& node = deployed.nodes()[i];
    const std::optional<LayerValues> layer = layer_values(node);
    if (!layer) continue;
    const LayerComparison& beside = comparison.layers[reports.size()];
    const std::size_t from = node.inputs.front();
    const std::vector<float> real = real_outputs(node, deployed.value_codes(input, from),
                                                 deployed.values()[from].image(x.size(0)),
                                                 static_cast<std::size_t>(beside.codes));
    const Tensor weight = net.folded(i).weight;
    const QRange range = layer->output_range;
    const Diagnosis outputs = diagnose(real, layer->output, range);
    reports.push_back(
        {.path = node.path,
         .weight_bits = layer->weight_bits,
         .weight_sqnr_db = weight_sqnr_db(weight.data(), *layer),
         .output_sqnr_db = outputs.sqnr_db,
         .clipped = outputs.clipped,
         .dead_levels = outputs.dead_levels,
         .levels = range.qmax - range.qmin + 1,
         .differ = static_cast<double>(beside.differ) / static_cast<double>(beside.codes)});
  }
  return reports;
}

std::string layer_table(std::span<const LayerReport> layers) {
  int width = 8;
  for (const LayerReport& r : layers) width = std::max(width, static_cast<int>(r.path.size()));
  char text[512];
  std::snprintf(text, sizeof text, "  %-*s %4s  %10s  %10s  %8s  %12s  %9s\n", width, "layer",
                "bits", "weights dB", "outputs dB", "clipped", "dead levels", "differ");
  std::string table = text;
  for (const LayerReport& r : layers) {
    std::snprintf(text, sizeof text, "  %-*s %4d  %10.1f  %10.1f  %6.2f %%  %4d of %4d  %7.3f %%\n",
                  width, r.path.c_str(), r.weight_bits, r.weight_sqnr_db, r.output_sqnr_db,
                  100.0 * r.clipped, r.dead_levels, r.levels, 100.0 * r.differ);
    table += text;
  }
  return table;
}

}  // namespace tinytorch::quantization
