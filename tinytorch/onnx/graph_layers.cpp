// Graphs of layers, and the layers of several inputs that only stand there.
#include "tinytorch/core/error.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/onnx/module_nodes.h"

namespace tinytorch::onnx {
namespace {

using Path = std::string;

GraphValue join(ModuleNodes& nodes, const nn::Join& layer, const std::vector<GraphValue>& in,
                const Path& path) {
  std::vector<std::string> inputs;
  std::int64_t rank = 0;
  for (const GraphValue& value : in) {
    inputs.push_back(value.name);
    rank = std::max(rank, value.rank);
  }
  if (typeid(layer) == typeid(nn::Add)) return nodes.node("Add", inputs, path, rank);
  if (typeid(layer) == typeid(nn::Multiply)) return nodes.node("Mul", inputs, path, rank);
  if (typeid(layer) == typeid(nn::Maximum)) return nodes.node("Max", inputs, path, rank);
  if (typeid(layer) == typeid(nn::Concat)) {
    const std::int64_t dim = static_cast<const nn::Concat&>(layer).dim();
    return nodes.node("Concat", inputs, path, rank, {{"axis", dim}});
  }
  throw Error(concat("onnx: ", path, ", ", layer.describe(),
                     ": there is no ONNX form for this way of joining values; Add, Multiply, "
                     "Maximum and Concat have one"));
}

GraphValue graph(ModuleNodes& nodes, const nn::Graph& layers, const GraphValue& in,
                 const Path& path) {
  std::vector<GraphValue> values{in};
  for (const nn::GraphNode& node : layers.nodes()) {
    const Path here = path + "." + node.name;
    std::vector<GraphValue> inputs;
    for (const std::size_t input : node.inputs) inputs.push_back(values.at(input));
    const auto* several = dynamic_cast<const nn::Join*>(node.module.get());
    values.push_back(several == nullptr ? nodes.add(*node.module, inputs.front(), here)
                                        : join(nodes, *several, inputs, here));
  }
  return values.back();
}

}  // namespace

std::vector<AddLayer> graph_layers() { return {add_layer<nn::Graph>(graph)}; }

}  // namespace tinytorch::onnx
