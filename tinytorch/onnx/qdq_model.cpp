#include "tinytorch/onnx/qdq_model.h"

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/qdq_nodes.h"

namespace tinytorch::onnx {
namespace {

using quantization::QuantizedLinear;

// Codes named `from` on a grid → codes named `to`. Returns the grid of `to`.
GridNames add_layer(ModelBuilder& model, const std::string& name, const QuantizedLinear& layer,
                    const std::string& from, const GridNames& grid, const std::string& to) {
  const std::vector<std::int8_t> weight = layer.weight_codes();
  add_constants(model, name,
                {{layer.out_features(), layer.in_features()},
                 weight,
                 layer.weight_scales(),
                 layer.bias(),
                 layer.input().scale});
  add_dequantize(model, from, grid, name + "_input");
  model.add_node("Gemm", {name + "_input", name + "_weight", name + "_bias"}, {name + "_sums"},
                 {{"transB", std::int64_t{1}}});
  return add_output(model, name, name + "_sums",
                    {layer.output(), layer.output_range(), layer.activation()}, to);
}

}  // namespace

ModelBuilder qdq_model(const quantization::QuantizedModel& network, Ends ends) {
  require_eight_bits(network.activation_bits());
  const std::vector<QuantizedLinear>& layers = network.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    require_dialect_ort(concat("layer ", i), layers[i].dialect());
  }
  const bool codes = ends == Ends::kCodes;
  const ElementType type = codes ? ElementType::kUint8 : ElementType::kFloat;
  ModelBuilder model("quantized network");
  model.add_input("x", type, {"batch", layers.front().in_features()});
  GridNames grid = add_grid(model, "input", layers.front().input());
  if (!codes) add_quantize(model, "x", grid, "x_codes");

  std::string from = codes ? "x" : "x_codes";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = concat("layer", i);
    const std::string to = codes && i + 1 == layers.size() ? "y" : name + "_codes";
    grid = add_layer(model, name, layers[i], from, grid, to);
    from = to;
  }
  if (!codes) add_dequantize(model, from, grid, "y");
  model.add_output("y", type, {"batch", layers.back().out_features()});
  return model;
}

}  // namespace tinytorch::onnx
