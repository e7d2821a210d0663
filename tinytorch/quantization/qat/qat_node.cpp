#include "tinytorch/quantization/qat/qat_node.h"

#include <algorithm>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/joins.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::quantization {
namespace {

[[noreturn]] void refuse_at(const std::string& path, const nn::Module& layer, const char* why) {
  throw Error(concat("match_network: ", path, ", ", layer.describe(), ", ", why));
}

}  // namespace

std::optional<QatNode> own_node(const std::shared_ptr<nn::Module>& layer, const std::string& path,
                                std::size_t value) {
  const auto refuse = [&](const char* why) { refuse_at(path, *layer, why); };
  QatNode node{.path = path, .inputs = {value}};
  if ((node.conv = std::dynamic_pointer_cast<nn::Conv2d>(layer)) != nullptr) {
    node.kind = QatKind::kConv;
  } else if ((node.linear = std::dynamic_pointer_cast<nn::Linear>(layer)) != nullptr) {
    node.kind = QatKind::kLinear;
  } else if (const auto* largest = dynamic_cast<const nn::MaxPool2d*>(layer.get())) {
    node.kind = QatKind::kMaxPool;
    node.pool = largest->options();
  } else if (const auto* mean = dynamic_cast<const nn::AvgPool2d*>(layer.get())) {
    node.kind = QatKind::kAveragePool;
    node.pool = mean->options();
  } else if (const auto* whole = dynamic_cast<const nn::AdaptiveAvgPool2d*>(layer.get())) {
    node.kind = QatKind::kAveragePool;
    node.pool = {0, 1, 0};
    if (whole->height() * whole->width() != 1) refuse("has no integer form; only (1, 1) does");
  } else if (dynamic_cast<const nn::Flatten*>(layer.get()) != nullptr) {
    const bool usual = layer->describe() == nn::Flatten().describe();
    if (!usual) refuse("has no integer form; only Flatten(1) does");
  } else {
    return std::nullopt;
  }
  return node;
}

void join_batch_norm(QatNode* node, const std::shared_ptr<nn::BatchNorm2d>& norm,
                     const std::string& path) {
  if (node == nullptr || node->conv == nullptr || node->batch_norm != nullptr ||
      node->activation != Activation::kNone) {
    refuse_at(path, *norm, "must stand directly behind a Conv2d");
  }
  node->batch_norm = norm;
}

void join_activation(QatNode* node, Activation activation, const nn::Module& layer,
                     const std::string& path) {
  if (node == nullptr || !node->has_grid() || node->activation != Activation::kNone) {
    refuse_at(path, layer, "must stand directly behind a Conv2d, Linear or Residual");
  }
  node->activation = activation;
}

void refuse_layer(const nn::Module& layer, const std::string& path) {
  refuse_at(path, layer, "has no integer form here");
}

std::string child_path(const std::string& path, const std::string& name) {
  return path.empty() ? name : concat(path, ".", name);
}

void require_rows(const nn::Linear& linear, const Tensor& x) {
  if (x.ndim() == 2 && x.size(1) == linear.in_features()) return;
  throw Error(concat(linear.describe(), ": input ", to_string(x.shape()), ", expected [n, ",
                     linear.in_features(), "]; images need a Flatten before"));
}

std::vector<QatNode> kept_in_float(std::vector<QatNode> nodes, const std::set<std::string>& paths) {
  std::size_t found = 0;
  for (QatNode& node : nodes) {
    if (!node.has_weight() || !paths.contains(node.path)) continue;
    node.kind = QatKind::kIsland;
    node.layer = node.conv;
    if (node.layer == nullptr) node.layer = node.linear;
    ++found;
  }
  if (found == paths.size()) return nodes;
  for (const std::string& path : paths) {
    const bool known = std::any_of(nodes.begin(), nodes.end(), [&](const QatNode& node) {
      return node.path == path && (node.conv != nullptr || node.linear != nullptr);
    });
    if (!known) {
      throw Error(concat("QatNetwork: float_layers names ", path, ", no layer with a weight"));
    }
  }
  return nodes;
}

Tensor float_output(const QatNode& node, std::span<const Tensor> inputs) {
  const Tensor& x = inputs.front();
  switch (node.kind) {
    case QatKind::kConv:
      return node.conv->forward(x);
    case QatKind::kLinear:
      require_rows(*node.linear, x);
      return node.linear->forward(x);
    case QatKind::kAdd:
      return ops::add(x, inputs.back());
    case QatKind::kMaxPool:
      return ops::max_pool2d(x, node.pool);
    case QatKind::kAveragePool:
      return node.pool.kernel == 0 ? ops::adaptive_avg_pool2d(x, 1, 1)
                                   : ops::avg_pool2d(x, node.pool);
    case QatKind::kFlatten:
      return ops::flatten(x);
    case QatKind::kFunction:
    case QatKind::kIsland:
      return node.layer->forward(x);
    case QatKind::kMultiply:
    case QatKind::kMaximum:
    case QatKind::kConcat:
      return dynamic_cast<nn::Join&>(*node.layer).join(inputs);
  }
  throw Error("QatNetwork: unknown kind of node");
}

}  // namespace tinytorch::quantization
