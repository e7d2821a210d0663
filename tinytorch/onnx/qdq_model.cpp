#include "tinytorch/onnx/qdq_model.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::onnx {
namespace {

using quantization::QParams;
using quantization::QuantizedLinear;

// Names of the two constants that hold `params`, made on the way.
std::vector<std::string> add_params(ModelBuilder& model, const std::string& name, QParams params) {
  model.add_scalar(name + "_scale", params.scale);
  model.add_scalar(name + "_zero_point", static_cast<std::uint8_t>(params.zero_point + 128));
  return {name + "_scale", name + "_zero_point"};
}

// The constants of a layer, each behind a DequantizeLinear: "<name>_weight", "<name>_bias".
void add_constants(ModelBuilder& model, const std::string& name, const QuantizedLinear& layer) {
  const std::int64_t out = layer.out_features();
  const std::vector<std::int8_t> weight = layer.weight_codes();
  const std::vector<std::int8_t> zeros(static_cast<std::size_t>(out));
  model.add_initializer(name + "_weight_codes", {out, layer.in_features()}, std::span(weight));
  model.add_initializer(name + "_weight_scales", {out}, layer.weight_scales());
  model.add_initializer(name + "_weight_zeros", {out}, std::span(zeros));
  model.add_node("DequantizeLinear",
                 {name + "_weight_codes", name + "_weight_scales", name + "_weight_zeros"},
                 {name + "_weight"}, {{"axis", std::int64_t{0}}});

  std::vector<float> steps(layer.weight_scales().begin(), layer.weight_scales().end());
  for (float& step : steps) step *= layer.input().scale;
  model.add_initializer(name + "_bias_codes", {out}, layer.bias());
  model.add_initializer(name + "_bias_scales", {out}, std::span<const float>(steps));
  model.add_node("DequantizeLinear", {name + "_bias_codes", name + "_bias_scales"},
                 {name + "_bias"}, {{"axis", std::int64_t{0}}});
}

// Codes named `from` with their parameters → codes named `to`. Returns the parameters of `to`.
std::vector<std::string> add_layer(ModelBuilder& model, const std::string& name,
                                   const QuantizedLinear& layer, const std::string& from,
                                   const std::vector<std::string>& params, const std::string& to) {
  add_constants(model, name, layer);
  model.add_node("DequantizeLinear", {from, params[0], params[1]}, {name + "_input"});
  std::string sums = name + "_sums";
  model.add_node("Gemm", {name + "_input", name + "_weight", name + "_bias"}, {sums},
                 {{"transB", std::int64_t{1}}});
  if (layer.relu()) {
    model.add_node("Relu", {sums}, {name + "_relu"});
    sums = name + "_relu";
  }
  std::vector<std::string> made = add_params(model, name + "_output", layer.output());
  model.add_node("QuantizeLinear", {sums, made[0], made[1]}, {to});
  return made;
}

// What has no equal among the nodes of add_layer must not be left out in silence.
void require_exportable(const quantization::QuantizedModel& network, std::size_t i) {
  const QuantizedLinear& layer = network.layers()[i];
  if (layer.dialect() != quantization::Dialect::kOrt) {
    throw Error(concat("qdq_model: layer ", i, " speaks dialect ", name(layer.dialect()),
                       "; a runtime would round in dialect ort, so convert the network in that"));
  }
  if (layer.activation() == quantization::Activation::kRelu6) {
    throw Error(concat("qdq_model: layer ", i, " ends in ", name(layer.activation()),
                       "; only none and relu are exported, so train with a ReLU"));
  }
}

}  // namespace

ModelBuilder qdq_model(const quantization::QuantizedModel& network, Ends ends) {
  if (network.activation_bits() != 8) {
    throw Error(concat("qdq_model: activations of ", network.activation_bits(),
                       " bits; operator set 17 has 8"));
  }
  for (std::size_t i = 0; i < network.layers().size(); ++i) require_exportable(network, i);
  const bool codes = ends == Ends::kCodes;
  const ElementType type = codes ? ElementType::kUint8 : ElementType::kFloat;
  const std::vector<QuantizedLinear>& layers = network.layers();
  ModelBuilder model("quantized network");
  model.add_input("x", type, {"batch", layers.front().in_features()});
  std::vector<std::string> params = add_params(model, "input", layers.front().input());
  if (!codes) model.add_node("QuantizeLinear", {"x", params[0], params[1]}, {"x_codes"});

  std::string from = codes ? "x" : "x_codes";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = concat("layer", i);
    const std::string to = codes && i + 1 == layers.size() ? "y" : name + "_codes";
    params = add_layer(model, name, layers[i], from, params, to);
    from = to;
  }
  if (!codes) model.add_node("DequantizeLinear", {from, params[0], params[1]}, {"y"});
  model.add_output("y", type, {"batch", layers.back().out_features()});
  return model;
}

}  // namespace tinytorch::onnx
