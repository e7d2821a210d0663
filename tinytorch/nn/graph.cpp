#include "tinytorch/nn/graph.h"

#include <algorithm>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {
namespace {

void check_name(const std::vector<GraphNode>& nodes, std::size_t index) {
  const std::string& name = nodes[index].name;
  if (name.empty()) throw Error(concat("graph: node ", index, " has no name"));
  if (name.find('.') != std::string::npos) {
    throw Error(concat("graph: node name \"", name,
                       "\" holds a dot, which separates the names in the keys of the state"));
  }
  const auto end = nodes.begin() + static_cast<std::ptrdiff_t>(index);
  if (std::any_of(nodes.begin(), end, [&](const GraphNode& node) { return node.name == name; })) {
    throw Error(concat("graph: two nodes are named \"", name, "\""));
  }
}

void check_inputs(const Module& module, const GraphNode& node, std::size_t index) {
  const auto* join = dynamic_cast<const Join*>(&module);
  const std::size_t fewest = join == nullptr ? 1 : join->fewest_inputs();
  const std::size_t most = join == nullptr ? 1 : join->most_inputs();
  if (node.inputs.size() < fewest || node.inputs.size() > most) {
    throw Error(concat("graph: node ", node.name, ", ", module.describe(), ", takes ", fewest,
                       most > fewest ? " or more inputs, got " : " inputs, got ",
                       node.inputs.size()));
  }
  for (const std::size_t input : node.inputs) {
    if (input <= index) continue;
    throw Error(concat("graph: node ", node.name, " reads value ", input, ", but only values 0 to ",
                       index, " are computed before it (value i + 1 is the result of node i)"));
  }
}

void check_module(const GraphNode& node, std::size_t index) {
  if (node.module == nullptr) {
    throw Error(concat("graph: node ", node.name, " has a null pointer for a module"));
  }
  check_inputs(*node.module, node, index);
}

}  // namespace

Graph::Graph(std::vector<GraphNode> nodes) : nodes_(std::move(nodes)) {
  if (nodes_.empty()) throw Error("graph: no nodes");
  std::vector<bool> used(nodes_.size() + 1, false);
  last_uses_.assign(nodes_.size() + 1, 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    check_name(nodes_, i);
    check_module(nodes_[i], i);
    for (const std::size_t input : nodes_[i].inputs) {
      used[input] = true;
      last_uses_[input] = i;
    }
    register_module(nodes_[i].name, nodes_[i].module);
  }
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
    if (used[i + 1]) continue;
    throw Error(concat("graph: the result of node ", nodes_[i].name,
                       " is not used; the output is the last node's, ", nodes_.back().name));
  }
}

Tensor run_node(const GraphNode& node, std::span<const Tensor> inputs) {
  return at_place(concat("graph: node ", node.name), [&] {
    auto* join = dynamic_cast<Join*>(node.module.get());
    return join != nullptr ? join->join(inputs) : node.module->forward(inputs[0]);
  });
}

Tensor Graph::forward(const Tensor& input) {
  std::vector<Tensor> values(nodes_.size() + 1);
  values[0] = input;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::vector<Tensor> inputs;
    for (const std::size_t value : nodes_[i].inputs) inputs.push_back(values[value]);
    values[i + 1] = run_node(nodes_[i], inputs);
    for (const std::size_t value : nodes_[i].inputs) {
      if (last_uses_[value] == i) values[value] = Tensor();
    }
  }
  return values.back();
}

std::string Graph::describe() const {
  std::string text;
  for (const GraphNode& node : nodes_) {
    text += concat(text.empty() ? "" : ", ", node.name, ": ", node.module->describe());
  }
  return concat("Graph(", text, ")");
}

void Graph::replace_child(const std::string& name, std::shared_ptr<Module> child) {
  const auto at = std::find_if(nodes_.begin(), nodes_.end(),
                               [&](const GraphNode& node) { return node.name == name; });
  if (at != nodes_.end() && child != nullptr) {
    check_inputs(*child, *at, static_cast<std::size_t>(at - nodes_.begin()));
  }
  set_child(name, child);  // throws where there is no such child, or none is given
  at->module = std::move(child);
}

}  // namespace tinytorch::nn
