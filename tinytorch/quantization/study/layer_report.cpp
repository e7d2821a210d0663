#include "tinytorch/quantization/study/layer_report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <variant>

#include "tinytorch/autograd/no_grad.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
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

// Values of the float model that the codes of value `index` stand for.
Tensor real_value(const QuantizedNetwork& network, std::size_t index,
                  std::span<const std::int8_t> input, std::int64_t batch) {
  const NetworkValue& value = network.values()[index];
  const std::vector<std::int8_t> codes = to_channels_first<std::int8_t>(
      network.value_codes(input, index), value.channels, value.height * value.width);
  Tensor x(value.flat ? Shape{batch, value.channels}
                      : Shape{batch, value.channels, value.height, value.width});
  dequantize(codes, value.grid, x.data());
  return x;
}

// What a node without weights computes in float of the codes it reads, beside its grid.
LayerReport other_report(const QatNetwork& net, const QuantizedNetwork& deployed, std::size_t index,
                         std::span<const std::int8_t> input, std::int64_t batch) {
  const autograd::NoGradGuard no_grad;
  const QuantizedNode& node = deployed.nodes()[index];
  std::vector<Tensor> read;
  for (const std::size_t value : node.inputs) {
    read.push_back(real_value(deployed, value, input, batch));
  }
  const QatNode& layer = net.nodes()[index];
  Tensor real = float_output(layer, read);
  if (layer.batch_norm != nullptr) {
    const nn::BatchNorm2d& norm = *layer.batch_norm;
    real = ops::batch_norm(real, norm.running_mean(), norm.running_var(), norm.weight(),
                           norm.bias(), {.epsilon = norm.epsilon()});
  }
  real = activated(real, layer.activation);
  const QRange range = full_range(deployed.activation_bits());
  const Diagnosis outputs = diagnose(real.data(), deployed.values()[index + 1].grid, range);
  return {.path = node.path,
          .kind = kind_name(node.op),
          .weight_bits = 0,
          .weight_sqnr_db = std::numeric_limits<double>::infinity(),
          .output_sqnr_db = outputs.sqnr_db,
          .clipped = outputs.clipped,
          .dead_levels = outputs.dead_levels,
          .levels = range.qmax - range.qmin + 1};
}

}  // namespace

std::vector<LayerReport> report_layers(const QatNetwork& net, const Tensor& x) {
  const QuantizedNetwork deployed = convert_network(net);
  const NetworkComparison comparison = compare_with_simulation(deployed, x);
  const std::vector<std::int8_t> input = deployed.quantize_input(x);
  std::vector<LayerReport> reports;
  std::size_t layers = 0;
  for (std::size_t i = 0; i < deployed.nodes().size(); ++i) {
    const QuantizedNode& node = deployed.nodes()[i];
    const std::optional<LayerValues> layer = layer_values(node);
    if (is_other(net.nodes()[i].kind)) {
      reports.push_back(other_report(net, deployed, i, input, x.size(0)));
    }
    if (!layer) continue;
    const LayerComparison& beside = comparison.layers[layers++];
    const std::size_t from = node.inputs.front();
    const std::vector<float> real = real_outputs(node, deployed.value_codes(input, from),
                                                 deployed.values()[from].image(x.size(0)),
                                                 static_cast<std::size_t>(beside.codes));
    const Tensor weight = net.folded(i).weight;
    const QRange range = layer->output_range;
    const Diagnosis outputs = diagnose(real, layer->output, range);
    reports.push_back(
        {.path = node.path,
         .kind = kind_name(node.op),
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

namespace {

std::string label(const LayerReport& r) {
  return r.weight_bits == 0 ? r.path + " (" + r.kind + ")" : r.path;
}

std::string line(const LayerReport& r, int width) {
  char weights[64];
  if (r.weight_bits == 0) {
    std::snprintf(weights, sizeof weights, "%4s  %10s", "-", "-");
  } else {
    std::snprintf(weights, sizeof weights, "%4d  %10.1f", r.weight_bits, r.weight_sqnr_db);
  }
  char text[512];
  std::snprintf(text, sizeof text, "  %-*s %s  %10.1f  %6.2f %%  %4d of %4d  %7.3f %%\n", width,
                label(r).c_str(), weights, r.output_sqnr_db, 100.0 * r.clipped, r.dead_levels,
                r.levels, 100.0 * r.differ);
  return text;
}

}  // namespace

std::string layer_table(std::span<const LayerReport> layers) {
  int width = 8;
  for (const LayerReport& r : layers) width = std::max(width, static_cast<int>(label(r).size()));
  char text[512];
  std::snprintf(text, sizeof text, "  %-*s %4s  %10s  %10s  %8s  %12s  %9s\n", width, "layer",
                "bits", "weights dB", "outputs dB", "clipped", "dead levels", "differ");
  std::string table = text;
  for (const LayerReport& r : layers) {
    table += line(r, width);
  }
  return table;
}

}  // namespace tinytorch::quantization
