// Layers that know nothing of images: products, norms, functions of one value, containers.
#include <numbers>

#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/onnx/module_nodes.h"

namespace tinytorch::onnx {
namespace {

using Path = std::string;

GraphValue linear(ModuleNodes& nodes, const nn::Linear& layer, const GraphValue& in,
                  const Path& path) {
  return add_linear(nodes, layer.weight(), layer.bias(), in, path);
}

GraphValue layer_norm(ModuleNodes& nodes, const nn::LayerNorm& layer, const GraphValue& in,
                      const Path& path) {
  const Shape& shape = layer.normalized_shape();
  const bool affine = layer.weight().defined();
  std::vector<std::string> inputs{
      in.name, nodes.constant(path + ".weight", affine ? layer.weight() : Tensor::ones(shape))};
  if (affine) inputs.push_back(nodes.constant(path + ".bias", layer.bias()));
  return nodes.node("LayerNormalization", inputs, path, in.rank,
                    {{"axis", -shape.ndim()}, {"epsilon", layer.epsilon()}});
}

GraphValue relu(ModuleNodes& nodes, const nn::ReLU&, const GraphValue& in, const Path& path) {
  return nodes.node("Relu", {in.name}, path, in.rank);
}

GraphValue relu6(ModuleNodes& nodes, const nn::ReLU6&, const GraphValue& in, const Path& path) {
  return nodes.node(
      "Clip", {in.name, nodes.constant(path + ".min", 0.0f), nodes.constant(path + ".max", 6.0f)},
      path, in.rank);
}

GraphValue hardtanh(ModuleNodes& nodes, const nn::Hardtanh& layer, const GraphValue& in,
                    const Path& path) {
  return nodes.node("Clip",
                    {in.name, nodes.constant(path + ".min", layer.low()),
                     nodes.constant(path + ".max", layer.high())},
                    path, in.rank);
}

GraphValue leaky_relu(ModuleNodes& nodes, const nn::LeakyReLU& layer, const GraphValue& in,
                      const Path& path) {
  return nodes.node("LeakyRelu", {in.name}, path, in.rank, {{"alpha", layer.slope()}});
}

GraphValue hardsigmoid(ModuleNodes& nodes, const nn::Hardsigmoid&, const GraphValue& in,
                       const Path& path) {
  return nodes.node("HardSigmoid", {in.name}, path, in.rank, {{"alpha", 1.0f / 6.0f}});
}

GraphValue hardswish(ModuleNodes& nodes, const nn::Hardswish&, const GraphValue& in,
                     const Path& path) {
  return nodes.node("HardSwish", {in.name}, path, in.rank);
}

GraphValue silu(ModuleNodes& nodes, const nn::SiLU&, const GraphValue& in, const Path& path) {
  const GraphValue gate = nodes.node("Sigmoid", {in.name}, path + ".gate", in.rank);
  return nodes.node("Mul", {in.name, gate.name}, path, in.rank);
}

GraphValue sigmoid(ModuleNodes& nodes, const nn::Sigmoid&, const GraphValue& in, const Path& path) {
  return nodes.node("Sigmoid", {in.name}, path, in.rank);
}

GraphValue tanh(ModuleNodes& nodes, const nn::Tanh&, const GraphValue& in, const Path& path) {
  return nodes.node("Tanh", {in.name}, path, in.rank);
}

GraphValue softmax(ModuleNodes& nodes, const nn::Softmax& layer, const GraphValue& in,
                   const Path& path) {
  return nodes.node("Softmax", {in.name}, path, in.rank, {{"axis", layer.dim()}});
}

GraphValue gelu(ModuleNodes& nodes, const nn::GELU& layer, const GraphValue& in, const Path& path) {
  return add_gelu(nodes, layer.form(), in, path);
}

GraphValue dropout(ModuleNodes&, const nn::Dropout&, const GraphValue& in, const Path&) {
  return in;
}

GraphValue flatten(ModuleNodes& nodes, const nn::Flatten& layer, const GraphValue& in,
                   const Path& path) {
  const std::int64_t first = normalize_dim("flatten", layer.start_dim(), in.rank);
  if (first == 1) return nodes.node("Flatten", {in.name}, path, 2, {{"axis", first}});
  // 0 keeps a size, -1 takes what is left.
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(first), 0);
  sizes.push_back(-1);
  return nodes.node("Reshape", {in.name, nodes.constant(path + ".shape", sizes)}, path, first + 1);
}

GraphValue sequential(ModuleNodes& nodes, const nn::Sequential& chain, const GraphValue& in,
                      const Path& path) {
  GraphValue value = in;
  for (const auto& [name, child] : chain.children()) {
    value = nodes.add(*child, value, path + "." + name);
  }
  return value;
}

GraphValue residual(ModuleNodes& nodes, const nn::Residual& block, const GraphValue& in,
                    const Path& path) {
  const GraphValue body = nodes.add(*block.body(), in, path + ".body");
  const GraphValue kept =
      block.shortcut() == nullptr ? in : nodes.add(*block.shortcut(), in, path + ".shortcut");
  return nodes.node("Add", {body.name, kept.name}, path, body.rank);
}

}  // namespace

GraphValue add_linear(ModuleNodes& nodes, const Tensor& weight, const Tensor& bias,
                      const GraphValue& in, const std::string& path) {
  if (in.rank == 2) {
    std::vector<std::string> inputs{in.name, nodes.constant(path + ".weight", weight)};
    if (bias.defined()) inputs.push_back(nodes.constant(path + ".bias", bias));
    return nodes.node("Gemm", inputs, path, 2, {{"transB", std::int64_t{1}}});
  }
  // MatMul takes rows in any number of dimensions, and the weight as [in, out].
  const std::string columns =
      nodes.constant(path + ".weight", ops::transpose(weight.detach(), 0, 1));
  if (!bias.defined()) return nodes.node("MatMul", {in.name, columns}, path, in.rank);
  const GraphValue product = nodes.node("MatMul", {in.name, columns}, path + ".product", in.rank);
  return nodes.node("Add", {product.name, nodes.constant(path + ".bias", bias)}, path, in.rank);
}

GraphValue add_gelu(ModuleNodes& nodes, ops::Gelu form, const GraphValue& in,
                    const std::string& path) {
  const auto step = [&](const std::string& op, const std::vector<std::string>& inputs,
                        const char* name) {
    return nodes.node(op, inputs, path + "." + name, in.rank).name;
  };
  const std::string& x = in.name;
  std::string bend;
  if (form == ops::Gelu::kExact) {  // 0.5 · x · (1 + erf(x / √2))
    const std::string root = nodes.constant(path + ".root", std::numbers::sqrt2_v<float>);
    bend = step("Erf", {step("Div", {x, root}, "scaled")}, "erf");
  } else {  // 0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
    const std::string third = nodes.constant(path + ".third", 0.044715f);
    const std::string root = nodes.constant(path + ".root", 0.7978845608028654f);
    const std::string square = step("Mul", {x, x}, "square");
    const std::string cube = step("Mul", {square, x}, "cube");
    const std::string inner = step("Add", {x, step("Mul", {cube, third}, "small")}, "inner");
    bend = step("Tanh", {step("Mul", {inner, root}, "scaled")}, "tanh");
  }
  const std::string one = nodes.constant(path + ".one", 1.0f);
  const std::string half = nodes.constant(path + ".half", 0.5f);
  const std::string doubled = step("Mul", {x, step("Add", {bend, one}, "share")}, "doubled");
  return nodes.node("Mul", {doubled, half}, path, in.rank);
}

std::vector<AddLayer> plain_layers() {
  return {add_layer<nn::Linear>(linear),
          add_layer<nn::LayerNorm>(layer_norm),
          add_layer<nn::ReLU>(relu),
          add_layer<nn::ReLU6>(relu6),
          add_layer<nn::Hardtanh>(hardtanh),
          add_layer<nn::LeakyReLU>(leaky_relu),
          add_layer<nn::Hardsigmoid>(hardsigmoid),
          add_layer<nn::Hardswish>(hardswish),
          add_layer<nn::SiLU>(silu),
          add_layer<nn::Sigmoid>(sigmoid),
          add_layer<nn::Tanh>(tanh),
          add_layer<nn::Softmax>(softmax),
          add_layer<nn::GELU>(gelu),
          add_layer<nn::Dropout>(dropout),
          add_layer<nn::Flatten>(flatten),
          add_layer<nn::Sequential>(sequential),
          add_layer<nn::Residual>(residual)};
}

}  // namespace tinytorch::onnx
