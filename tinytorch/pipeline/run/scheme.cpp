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

[[noreturn]] void refuse_pattern(const Recipe& recipe, const char* key, const std::string& pattern,
                                 const std::vector<std::string>& paths) {
  std::string all;
  for (const std::string& path : paths) all += (all.empty() ? "" : ", ") + path;
  throw Error(concat(recipe.file, ": ", key, ": no layer matches \"", pattern,
                     "\"; the layers are ", all, ".", did_you_mean(pattern, paths)));
}

// Every layer with a matrix or a filter, of whatever kind.
std::vector<std::string> weighted_paths(const nn::Module& model) {
  constexpr std::string_view kEnding = ".weight";
  std::vector<std::string> paths;
  for (const auto& [name, tensor] : model.named_parameters()) {
    if (name.ends_with(kEnding) && tensor.ndim() >= 2)
      paths.push_back(name.substr(0, name.size() - kEnding.size()));
  }
  return paths;
}

// A layer that is excluded has no codes: rules pass it over.
void set_bits(const Recipe& recipe, const std::vector<std::string>& paths,
              quantization::QConfig& config) {
  for (const LayerBits& rule : recipe.quantize.bits) {
    bool any = false;
    for (const std::string& path : paths) {
      if (!matches(rule.layers, path)) continue;
      if (!config.float_layers.contains(path))
        config.bits_by_path[path] = static_cast<int>(rule.bits);
      any = true;
    }
    if (!any) refuse_pattern(recipe, "quantize.bits", rule.layers, paths);
  }
}

}  // namespace

std::set<std::string> excluded_layers(const Recipe& recipe, const nn::Module& model) {
  const std::vector<std::string> paths = weighted_paths(model);
  std::set<std::string> excluded;
  for (const std::string& pattern : recipe.quantize.exclude) {
    bool any = false;
    for (const std::string& path : paths) {
      if (!matches(pattern, path)) continue;
      excluded.insert(path);
      any = true;
    }
    if (!any) refuse_pattern(recipe, "quantize.exclude", pattern, paths);
  }
  if (!excluded.empty() && excluded.size() == paths.size())
    throw Error(concat(recipe.file, ": quantize.exclude leaves no layer to quantize"));
  return excluded;
}

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
  config.float_layers = excluded_layers(recipe, model);
  config.bits_by_path = allocated;
  set_bits(recipe, layer_paths(model), config);
  return config;
}

std::string scheme_text(const Recipe& recipe, Form form) {
  const QuantizeSpec& q = recipe.quantize;
  std::string excluded;
  for (const std::string& pattern : q.exclude)
    excluded += (excluded.empty() ? ", in float: " : " ") + pattern;
  if (form == Form::kDynamic) {
    return concat("weights int", q.weight_bits,
                  " symmetric per_channel, activations uint8 affine per_tensor with a range found "
                  "at every call, dialect ort",
                  excluded);
  }
  return concat("weights int", q.weight_bits, " symmetric ",
                kGranularityNames[static_cast<std::size_t>(q.granularity)], ", activations int",
                q.activation_bits, " ", kSymmetryNames[static_cast<std::size_t>(q.activations)],
                " per_tensor, dialect ", kDialectNames[static_cast<std::size_t>(q.dialect)],
                excluded);
}

}  // namespace tinytorch::pipeline
