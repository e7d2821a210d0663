// Layers that quantize their input while they run.
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/onnx/module_nodes.h"
#include "tinytorch/onnx/windows.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/deployed/dynamic_conv2d.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"

namespace tinytorch::onnx {
namespace {

using Path = std::string;
using Sizes = std::vector<std::int64_t>;

// A weight as codes, laid out as the operator wants it, and what multiplies the sums behind it.
struct CodedLayer {
  std::span<const std::int8_t> codes;
  Sizes shape;
  std::span<const float> scales;  // one for each output
  Tensor bias;
  Sizes per_output;  // the shape in which scales and biases meet the sums: {out} or {out, 1, 1}
};

// float(sums) · (input scale · weight scale) + bias, in the order in which the engine computes it.
GraphValue add_coded(ModuleNodes& nodes, const std::string& op, const CodedLayer& layer,
                     const GraphValue& in, const Path& path,
                     const std::vector<Attribute>& attributes = {}) {
  ModelBuilder& model = nodes.model();
  const auto name = [&](const char* part) { return identifier(path + part); };
  model.add_initializer(name(".weight_codes"), layer.shape, layer.codes);
  model.add_initializer(name(".weight_scales"), layer.per_output, layer.scales);
  model.add_node("DynamicQuantizeLinear", {in.name},
                 {name(".codes"), name(".scale"), name(".zero_point")});
  const std::int64_t rank = in.rank;
  const std::string sums =
      nodes
          .node(op, {name(".codes"), name(".weight_codes"), name(".zero_point")}, path + ".sums",
                rank, attributes)
          .name;
  constexpr std::int64_t kFloat = 1;  // TensorProto.FLOAT
  const std::string real = nodes.node("Cast", {sums}, path + ".real", rank, {{"to", kFloat}}).name;
  const std::string step =
      nodes.node("Mul", {name(".scale"), name(".weight_scales")}, path + ".step", 1).name;
  if (!layer.bias.defined()) return nodes.node("Mul", {real, step}, path, rank);
  const std::string product = nodes.node("Mul", {real, step}, path + ".product", rank).name;
  model.add_initializer(name(".bias"), layer.per_output, std::as_const(layer.bias).data());
  return nodes.node("Add", {product, name(".bias")}, path, rank);
}

GraphValue dynamic_linear(ModuleNodes& nodes, const quantization::DynamicLinear& layer,
                          const GraphValue& in, const Path& path) {
  const std::int64_t out = layer.out_features();
  const std::int64_t width = layer.in_features();
  const std::vector<std::int8_t> rows = layer.weight_codes();  // [out, in]
  std::vector<std::int8_t> columns;                            // [in, out]
  columns.reserve(rows.size());
  for (std::int64_t i = 0; i < width; ++i) {
    for (std::int64_t o = 0; o < out; ++o) {
      columns.push_back(rows[static_cast<std::size_t>(o * width + i)]);
    }
  }
  return add_coded(nodes, "MatMulInteger",
                   {columns, {width, out}, layer.weight_scales(), layer.bias(), {out}}, in, path);
}

GraphValue linear_on_the_fly(ModuleNodes& nodes, const nn::Linear& layer, const GraphValue& in,
                             const Path& path) {
  const quantization::DynamicLinear coded(layer.weight(), layer.bias(), *nodes.weight_bits());
  return dynamic_linear(nodes, coded, in, path);
}

GraphValue conv_on_the_fly(ModuleNodes& nodes, const nn::Conv2d& layer, const GraphValue& in,
                           const Path& path) {
  const Tensor& weight = layer.weight();
  const std::int64_t out = layer.out_channels();
  const int bits = *nodes.weight_bits();
  const std::vector<float> scales = quantization::channel_scales(weight.data(), out, bits);
  std::vector<std::int8_t> codes(weight.data().size());
  quantization::quantize_per_channel(weight.data(), scales, bits, codes);
  return add_coded(nodes, "ConvInteger",
                   {codes, weight.shape().sizes(), scales, layer.bias(), {out, 1, 1}}, in, path,
                   windows_of(layer));
}

GraphValue dynamic_conv(ModuleNodes& nodes, const quantization::DynamicConv2d& layer,
                        const GraphValue& in, const Path& path) {
  const Tensor& weight = layer.coded().weight();
  std::vector<std::int8_t> codes;
  codes.reserve(weight.data().size());
  for (const float code : weight.data()) codes.push_back(static_cast<std::int8_t>(code));
  return add_coded(
      nodes, "ConvInteger",
      {codes, weight.shape().sizes(), layer.weight_scales(), layer.bias(), {weight.size(0), 1, 1}},
      in, path, windows_of(layer.coded()));
}

// As add_layer, where the translation was asked to quantize.
template <typename Layer>
AddLayer where_asked(GraphValue (*add)(ModuleNodes&, const Layer&, const GraphValue&,
                                       const std::string&)) {
  return [layer = add_layer<Layer>(add)](ModuleNodes& nodes, const nn::Module& module,
                                         const GraphValue& in,
                                         const std::string& path) -> std::optional<GraphValue> {
    if (!nodes.weight_bits()) return std::nullopt;
    return layer(nodes, module, in, path);
  };
}

}  // namespace

std::vector<AddLayer> dynamic_layers() {
  return {add_layer<quantization::DynamicLinear>(dynamic_linear),
          add_layer<quantization::DynamicConv2d>(dynamic_conv),
          where_asked<nn::Linear>(linear_on_the_fly), where_asked<nn::Conv2d>(conv_on_the_fly)};
}

}  // namespace tinytorch::onnx
