#include "tinytorch/pipeline/run/sensitivity.h"

#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/roads.h"
#include "tinytorch/quantization/study/sensitivity.h"

namespace tinytorch::pipeline {
namespace {

double squared_difference(const Tensor& a, const Tensor& b) {
  const auto x = a.data();
  const auto y = b.data();
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = double{x[i]} - y[i];
    sum += difference * difference;
  }
  return sum / static_cast<double>(x.size());
}

std::int64_t weights_of(const quantization::QatNode& node) {
  return node.conv != nullptr ? node.conv->weight().numel() : node.linear->weight().numel();
}

}  // namespace

std::vector<LayerSensitivity> sensitivity_of(const Job& job, const nn::Module& trained) {
  const SensitivitySpec& spec = job.recipe.quantize.sensitivity;
  const std::vector<int> widths(spec.widths.begin(), spec.widths.end());
  const auto model = copy_of(job, trained);
  model->eval();
  std::vector<LayerSensitivity> layers;
  std::vector<std::int64_t> sizes;
  std::int64_t weights = 0;
  const auto net =
      quantization::prepare_network(*model, scheme_of(job.recipe, *model, Form::kStatic));
  for (const auto& node : net->nodes()) {
    if (!node.has_weight()) continue;
    layers.push_back({.path = node.path, .weights = weights_of(node)});
    sizes.push_back(layers.back().weights);
    weights += layers.back().weights;
  }
  const Tensor inputs = calibration_inputs(job, 0);
  const Tensor floats = predictions(*model, inputs);
  std::int64_t run = 0;
  const auto runs = static_cast<std::int64_t>(layers.size() * (widths.size() - 1) + 1);
  job.progress.begin("sensitivity", 0, runs);
  const auto loss = [&](std::span<const int> bits) {
    quantization::QConfig config = scheme_of(job.recipe, *model, Form::kStatic);
    for (std::size_t l = 0; l < layers.size(); ++l) config.bits_by_path[layers[l].path] = bits[l];
    const auto network = quantization::ptq(*model, inputs, config);
    job.progress.advance(++run);
    return squared_difference(
        predictions([&](const Tensor& x) { return network.forward(x); }, inputs), floats);
  };
  const auto cost = quantization::leave_one_out(layers.size(), widths, loss);
  const auto budget =
      static_cast<std::int64_t>(std::floor(spec.bits_per_weight * static_cast<double>(weights)));
  const auto bits = quantization::allocate_bits(cost, sizes, widths, budget);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].cost = cost[l];
    layers[l].bits = bits[l];
  }
  return layers;
}

std::string to_text(const LayerSensitivity& layer) {
  std::string costs;
  for (const double cost : layer.cost) costs += concat(" ", cost);
  return concat("sensitivity of ", layer.path, ": ", layer.weights, " weights, ", layer.bits,
                " bits; costs", costs);
}

}  // namespace tinytorch::pipeline
