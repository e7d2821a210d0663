#include "tinytorch/quantization/qat/detail/folded_copy.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

void overwrite(Tensor target, const Tensor& source) {
  std::copy(source.data().begin(), source.data().end(), target.data().begin());
}

// What a fresh layer draws is overwritten at once.
template <typename Layer>
std::shared_ptr<nn::Module> filled(std::shared_ptr<Layer> layer, const WeightAndBias& values) {
  overwrite(layer->weight(), values.weight);
  overwrite(layer->bias(), values.bias);
  return layer;
}

std::shared_ptr<nn::Module> linear_copy(const nn::Linear& linear) {
  Rng unused(0);
  return filled(std::make_shared<nn::Linear>(linear.in_features(), linear.out_features(), unused),
                with_bias(linear.weight(), linear.bias()));
}

std::shared_ptr<nn::Module> conv_copy(const QatNode& node) {
  const nn::Conv2d& conv = *node.conv;
  nn::Conv2dOptions options = conv.options();
  options.bias = true;
  Rng unused(0);
  auto copy = std::make_shared<nn::Conv2d>(conv.in_channels(), conv.out_channels(), conv.kernel(),
                                           options, unused);
  if (node.batch_norm == nullptr) return filled(copy, with_bias(conv.weight(), conv.bias()));
  return filled(copy, fold_batch_norm(conv.weight(), conv.bias(), *node.batch_norm));
}

std::shared_ptr<nn::Module> norm_copy(const nn::LayerNorm& norm) {
  const bool affine = norm.weight().defined();
  auto copy = std::make_shared<nn::LayerNorm>(
      norm.normalized_shape(), nn::LayerNormOptions{.epsilon = norm.epsilon(), .affine = affine});
  if (affine) overwrite(copy->weight(), norm.weight());
  if (affine) overwrite(copy->bias(), norm.bias());
  return copy;
}

// A copy where the module is one of these kinds.
template <typename... Kinds>
std::shared_ptr<nn::Module> copy_of_any(const nn::Module& module) {
  std::shared_ptr<nn::Module> copy;
  const auto attempt = [&]<typename Kind>(const Kind* same) {
    if (same != nullptr) copy = std::make_shared<Kind>(*same);
  };
  (attempt(dynamic_cast<const Kinds*>(&module)), ...);
  if (copy != nullptr) copy->train();
  return copy;
}

// Functions, joins and softmax.
std::shared_ptr<nn::Module> without_values(const nn::Module& module) {
  return copy_of_any<nn::ReLU, nn::ReLU6, nn::GELU, nn::Sigmoid, nn::Tanh, nn::LeakyReLU,
                     nn::Hardtanh, nn::Hardsigmoid, nn::Hardswish, nn::SiLU, nn::Softmax, nn::Add,
                     nn::Multiply, nn::Maximum, nn::Concat>(module);
}

class Copier {
 public:
  // match_model() has passed the tree: no other kind of layer is in it.
  explicit Copier(const nn::Module& model) {
    for (QatNode& node : match_model(model)) nodes_.emplace(node.path, std::move(node));
  }

  std::shared_ptr<nn::Module> tree(const nn::Module& module, const std::string& path) const {
    if (const auto* block = dynamic_cast<const nn::Residual*>(&module)) {
      const auto branch = [&](const std::shared_ptr<nn::Module>& side, const char* name) {
        return side == nullptr ? nullptr : tree(*side, below(path, name));
      };
      return std::make_shared<nn::Residual>(branch(block->body(), "body"),
                                            branch(block->shortcut(), "shortcut"));
    }
    if (const auto* graph = dynamic_cast<const nn::Graph*>(&module)) return copy_of(*graph, path);
    if (dynamic_cast<const nn::Sequential*>(&module) == nullptr) return leaf(module, path);
    auto copy = std::make_shared<nn::Sequential>();
    for (const auto& [name, child] : module.children()) {
      const std::string own = std::to_string(copy->children().size());
      if (name != own) {
        throw Error(concat("folded_copy: ", below(path, name), " would be called ",
                           below(path, own), " in the copy; add layers with append()"));
      }
      copy->append(tree(*child, below(path, name)));
    }
    return copy;
  }

 private:
  std::shared_ptr<nn::Module> copy_of(const nn::Graph& graph, const std::string& path) const {
    std::vector<nn::GraphNode> nodes = graph.nodes();
    for (nn::GraphNode& node : nodes) {
      node.module = tree(*node.module, below(path, node.name));
    }
    return std::make_shared<nn::Graph>(std::move(nodes));
  }

  static std::string below(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  std::shared_ptr<nn::Module> leaf(const nn::Module& module, const std::string& path) const {
    if (dynamic_cast<const nn::Conv2d*>(&module) != nullptr) return conv_copy(nodes_.at(path));
    if (const auto* linear = dynamic_cast<const nn::Linear*>(&module)) return linear_copy(*linear);
    if (const auto* largest = dynamic_cast<const nn::MaxPool2d*>(&module)) {
      return std::make_shared<nn::MaxPool2d>(*largest);
    }
    if (const auto* mean = dynamic_cast<const nn::AvgPool2d*>(&module)) {
      return std::make_shared<nn::AvgPool2d>(*mean);
    }
    if (const auto* norm = dynamic_cast<const nn::LayerNorm*>(&module)) return norm_copy(*norm);
    if (dynamic_cast<const nn::AdaptiveAvgPool2d*>(&module) != nullptr) {
      return std::make_shared<nn::AdaptiveAvgPool2d>(1, 1);
    }
    if (dynamic_cast<const nn::Flatten*>(&module) != nullptr) {
      return std::make_shared<nn::Flatten>();
    }
    if (auto copy = without_values(module)) return copy;
    const bool norm = dynamic_cast<const nn::BatchNorm2d*>(&module) != nullptr;
    if (norm && nodes_.contains(path)) return conv_copy(nodes_.at(path));  // stands by itself
    return std::make_shared<nn::Sequential>();                             // BatchNorm2d, Dropout
  }

  std::map<std::string, QatNode> nodes_;
};

}  // namespace

std::shared_ptr<nn::Module> folded_copy(const nn::Module& model) {
  const autograd::NoGradGuard no_grad;
  return Copier(model).tree(model, "");
}

}  // namespace tinytorch::quantization
