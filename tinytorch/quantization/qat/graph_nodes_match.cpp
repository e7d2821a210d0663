// From a graph of modules to the steps of a network: first a flat list of layers, then the layers
// that become one.
#include <algorithm>
#include <string>
#include <utility>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

// `module` if it is of this kind, else null.
template <typename Kind>
auto as(const std::shared_ptr<nn::Module>& module) {
  return std::dynamic_pointer_cast<Kind>(module);
}

[[noreturn]] void refuse(const std::string& path, const nn::Module& module, const char* because) {
  throw Error(concat("match_graph: ", path, ", ", module.describe(), ", ", because));
}

// A layer that reads values of the list: 0 is the network's input, i + 1 the result of step i.
struct Step {
  std::string path;
  std::vector<std::size_t> inputs;
  std::shared_ptr<nn::Module> module;
};

// Containers taken apart.
class FlatList {
 public:
  std::vector<Step> steps{};

  // The value that `module` gives for `value`.
  std::size_t into(const nn::Module& module, const std::string& path, std::size_t value) {
    if (const auto* graph = dynamic_cast<const nn::Graph*>(&module)) {
      return nodes(*graph, path, value);
    }
    if (const auto* block = dynamic_cast<const nn::Residual*>(&module)) {
      const std::size_t body = layer(block->body(), below(path, "body"), value);
      const std::size_t kept = block->shortcut() == nullptr
                                   ? value
                                   : layer(block->shortcut(), below(path, "shortcut"), value);
      return add(path, {body, kept}, std::make_shared<nn::Add>());
    }
    if (dynamic_cast<const nn::Sequential*>(&module) == nullptr) {
      refuse(path, module, "has no integer form here");
    }
    std::size_t last = value;
    for (const auto& part : module.children()) {
      last = layer(part.second, below(path, part.first), last);
    }
    return last;
  }

 private:
  static std::string below(std::string path, const std::string& name) {
    if (!path.empty()) path += '.';
    return path + name;
  }

  std::size_t nodes(const nn::Graph& graph, const std::string& path, std::size_t value) {
    std::vector<std::size_t> values{value};
    for (const nn::GraphNode& node : graph.nodes()) {
      std::vector<std::size_t> inputs;
      for (const std::size_t input : node.inputs) inputs.push_back(values[input]);
      const std::string own = below(path, node.name);
      const bool join = as<nn::Join>(node.module) != nullptr;
      values.push_back(join ? add(own, std::move(inputs), node.module)
                            : layer(node.module, own, inputs.front()));
    }
    return values.back();
  }

  std::size_t layer(const std::shared_ptr<nn::Module>& module, const std::string& path,
                    std::size_t value) {
    if (as<nn::Dropout>(module) != nullptr) return value;
    if (is_container(*module)) return into(*module, path, value);
    if (function_of(*module)) return function(module, path, value);
    return add(path, {value}, module);
  }

  static bool is_container(const nn::Module& module) {
    return dynamic_cast<const nn::Graph*>(&module) != nullptr ||
           dynamic_cast<const nn::Residual*>(&module) != nullptr ||
           dynamic_cast<const nn::Sequential*>(&module) != nullptr;
  }

  // Behind a Flatten it would stand between that and a Linear, which reorders its columns for a
  // Flatten.
  std::size_t function(const std::shared_ptr<nn::Module>& module, const std::string& path,
                       std::size_t value) {
    if (value == 0 || as<nn::Flatten>(steps[value - 1].module) == nullptr) {
      return add(path, {value}, module);
    }
    const Step flatten = steps[value - 1];
    const std::size_t image = function(module, path, flatten.inputs.front());
    return add(flatten.path, {image}, flatten.module);
  }

  std::size_t add(const std::string& path, std::vector<std::size_t> inputs,
                  const std::shared_ptr<nn::Module>& module) {
    steps.push_back({path, std::move(inputs), module});
    return steps.size();
  }
};

// How many steps read each value; the last value is read by whoever runs the network.
std::vector<std::size_t> readers_of(const std::vector<Step>& steps) {
  std::vector<std::size_t> readers(steps.size() + 1);
  readers.back() = 1;
  for (const Step& step : steps) {
    for (const std::size_t input : step.inputs) ++readers[input];
  }
  return readers;
}

// Without what nobody reads: a Flatten that functions were taken past.
std::vector<Step> without_unread(std::vector<Step> steps) {
  std::vector<std::size_t> readers = readers_of(steps);
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (readers[i + 1] != 0) continue;
    for (const std::size_t input : steps[i].inputs) --readers[input];
  }
  std::vector<Step> kept;
  std::vector<std::size_t> place{0};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (readers[i + 1] != 0) {
      for (std::size_t& input : steps[i].inputs) input = place[input];
      kept.push_back(std::move(steps[i]));
    }
    place.push_back(kept.size());
  }
  return kept;
}

// What a layer can do by itself at the end; kNone: nothing.
Activation fusable(const nn::Module& module) {
  const std::optional<Function> function = function_of(module);
  if (function == Function{FunctionKind::kRelu}) return Activation::kRelu;
  if (function == Function{FunctionKind::kClip, 0.0f, 6.0f}) return Activation::kRelu6;
  return Activation::kNone;
}

// A convolution of one pixel that multiplies each channel by 1, for a batch norm to be folded into.
// It does not belong to the model, and learns nothing.
std::shared_ptr<nn::Conv2d> channels_as_they_are(std::int64_t channels) {
  Rng unused(0);
  auto conv = std::make_shared<nn::Conv2d>(
      channels, channels, 1, nn::Conv2dOptions{.groups = channels, .bias = false}, unused);
  Tensor weight = conv->weight();
  std::fill(weight.data().begin(), weight.data().end(), 1.0f);
  weight.set_requires_grad(false);
  return conv;
}

// Steps become nodes, or parts of nodes.
class Fusion {
 public:
  explicit Fusion(const std::vector<Step>& steps) : readers_(readers_of(steps)) {
    for (const Step& step : steps) value_of_.push_back(place(step));
  }
  std::vector<QatNode> nodes{};

 private:
  // The value of the step: of the node it became, or joined.
  std::size_t place(const Step& step) {
    if (auto norm = as<nn::BatchNorm2d>(step.module)) return batch_norm(step, norm);
    const Activation activation = fusable(*step.module);
    if (activation != Activation::kNone) {
      QatNode* node = sole_source(step);
      if (node != nullptr && (node->has_weight() || node->kind == QatKind::kAdd) &&
          node->activation == Activation::kNone) {
        node->activation = activation;
        return value_of_[step.inputs.front()];
      }
    }
    nodes.push_back(node_of(step));
    return nodes.size();
  }

  // The node whose value this step, and nothing else, reads.
  QatNode* sole_source(const Step& step) {
    const std::size_t value = value_of_[step.inputs.front()];
    return value == 0 || readers_[step.inputs.front()] != 1 ? nullptr : &nodes[value - 1];
  }

  std::size_t batch_norm(const Step& step, const std::shared_ptr<nn::BatchNorm2d>& norm) {
    QatNode* node = sole_source(step);
    if (node != nullptr && node->conv != nullptr && node->batch_norm == nullptr &&
        node->activation == Activation::kNone) {
      node->batch_norm = norm;
      return value_of_[step.inputs.front()];
    }
    QatNode alone{.kind = QatKind::kConv,
                  .path = step.path,
                  .inputs = {value_of_[step.inputs.front()]},
                  .batch_norm = norm};
    alone.conv = channels_as_they_are(norm->weight().size(0));
    nodes.push_back(std::move(alone));
    return nodes.size();
  }

  QatNode node_of(const Step& step) const {
    std::vector<std::size_t> inputs;
    for (const std::size_t input : step.inputs) inputs.push_back(value_of_[input]);
    if (auto own = own_node(step.module, step.path, inputs.front())) return *std::move(own);
    QatNode node{.kind = kind_of(step), .path = step.path, .inputs = std::move(inputs)};
    node.layer = step.module;
    return node;
  }

  static QatKind kind_of(const Step& step) {
    if (as<nn::Add>(step.module) != nullptr) return QatKind::kAdd;
    if (as<nn::Multiply>(step.module) != nullptr) return QatKind::kMultiply;
    if (as<nn::Maximum>(step.module) != nullptr) return QatKind::kMaximum;
    if (as<nn::Concat>(step.module) != nullptr) return QatKind::kConcat;
    if (function_of(*step.module)) return QatKind::kFunction;
    if (as<nn::LayerNorm>(step.module) != nullptr || as<nn::Softmax>(step.module) != nullptr) {
      return QatKind::kIsland;
    }
    refuse(step.path, *step.module, "has no integer form here");
  }

  std::vector<std::size_t> readers_;
  std::vector<std::size_t> value_of_{0};
};

// Whether match_network() knows everything in the tree.
bool is_plain_tree(const nn::Module& module) {
  if (dynamic_cast<const nn::Graph*>(&module) != nullptr ||
      dynamic_cast<const nn::Join*>(&module) != nullptr ||
      dynamic_cast<const nn::LayerNorm*>(&module) != nullptr ||
      dynamic_cast<const nn::Softmax*>(&module) != nullptr) {
    return false;
  }
  const bool rectifier = dynamic_cast<const nn::ReLU*>(&module) != nullptr ||
                         dynamic_cast<const nn::ReLU6*>(&module) != nullptr;
  if (!rectifier && function_of(module)) return false;
  for (const auto& [name, child] : module.children()) {
    if (!is_plain_tree(*child)) return false;
  }
  return true;
}

}  // namespace

std::vector<QatNode> match_graph(const nn::Module& model) {
  FlatList list;
  (void)list.into(model, "", 0);
  return std::move(Fusion(without_unread(std::move(list.steps))).nodes);
}

std::vector<QatNode> match_model(const nn::Module& model) {
  return is_plain_tree(model) ? match_network(model) : match_graph(model);
}

}  // namespace tinytorch::quantization
