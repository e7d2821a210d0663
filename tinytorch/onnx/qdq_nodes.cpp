#include "tinytorch/onnx/qdq_nodes.h"

namespace tinytorch::onnx {

GridNames add_grid(ModelBuilder& model, const std::string& name, quantization::QParams params) {
  GridNames grid{name + "_scale", name + "_zero_point"};
  model.add_scalar(grid.scale, params.scale);
  model.add_scalar(grid.zero_point, static_cast<std::uint8_t>(params.zero_point + 128));
  return grid;
}

void add_quantize(ModelBuilder& model, const std::string& from, const GridNames& grid,
                  const std::string& to) {
  model.add_node("QuantizeLinear", {from, grid.scale, grid.zero_point}, {to});
}

void add_dequantize(ModelBuilder& model, const std::string& from, const GridNames& grid,
                    const std::string& to) {
  model.add_node("DequantizeLinear", {from, grid.scale, grid.zero_point}, {to});
}

void add_constants(ModelBuilder& model, const std::string& name, const LayerConstants& layer) {
  const std::int64_t out = layer.weight_shape.front();
  const std::vector<std::int8_t> zeros(static_cast<std::size_t>(out));
  model.add_initializer(name + "_weight_codes", layer.weight_shape, layer.weight);
  model.add_initializer(name + "_weight_scales", {out}, layer.weight_scales);
  model.add_initializer(name + "_weight_zeros", {out}, std::span(zeros));
  model.add_node("DequantizeLinear",
                 {name + "_weight_codes", name + "_weight_scales", name + "_weight_zeros"},
                 {name + "_weight"}, {{"axis", std::int64_t{0}}});

  std::vector<float> steps(layer.weight_scales.begin(), layer.weight_scales.end());
  for (float& step : steps) step *= layer.input_scale;
  model.add_initializer(name + "_bias_codes", {out}, layer.bias);
  model.add_initializer(name + "_bias_scales", {out}, std::span<const float>(steps));
  model.add_node("DequantizeLinear", {name + "_bias_codes", name + "_bias_scales"},
                 {name + "_bias"}, {{"axis", std::int64_t{0}}});
}

GridNames add_output(ModelBuilder& model, const std::string& name, const std::string& from,
                     const OutputOf& output, const std::string& to) {
  std::string real = from;
  if (output.activation != quantization::Activation::kNone) {
    real = name + "_relu";
    model.add_node("Relu", {from}, {real});
  }
  GridNames grid = add_grid(model, name + "_output", output.params);
  // What lies below a Relu's codes is 0.0 already.
  const quantization::QRange all = quantization::full_range(8);
  const bool low = real == from && output.range.qmin > all.qmin;
  if (!low && output.range.qmax >= all.qmax) {
    add_quantize(model, real, grid, to);
    return grid;
  }
  add_quantize(model, real, grid, name + "_unlimited");
  model.add_scalar(name + "_least", static_cast<std::uint8_t>(output.range.qmin + 128));
  model.add_scalar(name + "_most", static_cast<std::uint8_t>(output.range.qmax + 128));
  model.add_node("Clip", {name + "_unlimited", name + "_least", name + "_most"}, {to});
  return grid;
}

}  // namespace tinytorch::onnx
