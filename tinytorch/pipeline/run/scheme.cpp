#include "tinytorch/pipeline/run/scheme.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/nearest.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::pipeline {
namespace {

using quantization::ObserverKind;

ObserverKind observer_of(Observer observer) {
  switch (observer) {
    case Observer::kMinMax:
      return ObserverKind::kMinMax;
    case Observer::kMovingAverage:
      return ObserverKind::kMovingAverage;
    case Observer::kPercentile:
      return ObserverKind::kPercentile;
    case Observer::kHistogram:
      return ObserverKind::kHistogram;
    case Observer::kEntropy:
      return ObserverKind::kEntropy;
  }
  return ObserverKind::kMinMax;
}

std::vector<std::string> layer_paths(const nn::Module& model) {
  std::vector<std::string> paths;
  const auto net = quantization::prepare_network(model, {});  // lives as long as its nodes are read
  for (const auto& node : net->nodes()) {
    if (node.has_weight()) paths.push_back(node.path);
  }
  return paths;
}

void set_bits(const Recipe& recipe, const std::vector<std::string>& paths,
              quantization::QConfig& config) {
  for (const LayerBits& rule : recipe.quantize.bits) {
    bool any = false;
    for (const std::string& path : paths) {
      if (!matches(rule.layers, path)) continue;
      config.bits_by_path[path] = static_cast<int>(rule.bits);
      any = true;
    }
    if (any) continue;
    std::string all;
    for (const std::string& path : paths) all += (all.empty() ? "" : ", ") + path;
    throw Error(concat(recipe.file, ": quantize.bits: no layer matches \"", rule.layers,
                       "\"; the layers are ", all, ".", did_you_mean(rule.layers, paths)));
  }
}

}  // namespace

void require_integer_form(const Recipe& recipe, const nn::Module& model) {
  try {
    (void)quantization::prepare_network(model, {});
  } catch (const Error& error) {
    throw Error(concat(recipe.file, ": mode ",
                       kModeNames[static_cast<std::size_t>(recipe.quantize.mode)], ": ",
                       error.what(), "; `tito model train` still trains it in float"));
  }
}

quantization::QConfig scheme_of(const Recipe& recipe, const nn::Module& model, Form form,
                                const std::map<std::string, int>& allocated) {
  const QuantizeSpec& q = recipe.quantize;
  if (!q.exclude.empty()) {
    throw Error(concat(recipe.file, ": quantize.exclude keeps \"", q.exclude.front(),
                       "\" in float, which only mode dynamic can do; ",
                       kFormNames[static_cast<std::size_t>(form)], " is integers throughout"));
  }
  quantization::QConfig config;
  config.weight_bits = static_cast<int>(q.weight_bits);
  config.activation_bits = static_cast<int>(q.activation_bits);
  config.granularity = q.granularity == Granularity::kPerChannel
                           ? quantization::Granularity::kPerChannel
                           : quantization::Granularity::kPerTensor;
  config.dialect =
      q.dialect == Dialect::kOrt ? quantization::Dialect::kOrt : quantization::Dialect::kTflite;
  config.observer = observer_of(recipe.calibration.observer);
  config.symmetric_activations = q.activations == Symmetry::kSymmetric;
  if (form == Form::kQat) {
    // A range from the whole of training would keep its widest moment for ever.
    config.observer = ObserverKind::kMovingAverage;
    if (recipe.qat.quantizer == Quantizer::kLsq)
      config.weight_quantizer = quantization::WeightQuantizer::kLsq;
    if (recipe.qat.clip_gradient == ClipGradient::kPassed)
      config.clip_gradient = quantization::ClipGradient::kPassed;
  }
  config.bits_by_path = allocated;
  set_bits(recipe, layer_paths(model), config);
  return config;
}

std::string scheme_text(const Recipe& recipe) {
  const QuantizeSpec& q = recipe.quantize;
  return concat("weights int", q.weight_bits, " symmetric ",
                kGranularityNames[static_cast<std::size_t>(q.granularity)], ", activations int",
                q.activation_bits, " ", kSymmetryNames[static_cast<std::size_t>(q.activations)],
                " per_tensor, dialect ", kDialectNames[static_cast<std::size_t>(q.dialect)]);
}

}  // namespace tinytorch::pipeline
