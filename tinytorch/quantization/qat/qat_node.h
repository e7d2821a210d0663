#pragma once
// One step of a network under quantization-aware training, and how a layer becomes one. Given.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/autograd/pooling.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

enum class QatKind {
  kConv,
  kLinear,
  kAdd,
  kMaxPool,
  kAveragePool,
  kFlatten,
  // What only match_graph() makes (graph_nodes.h).
  kFunction,
  kMultiply,
  kMaximum,
  kConcat,
  kIsland,
};

// One step of the network. What it reads is numbered as in quantized_network.h: value 0 is the
// input, i + 1 the result of node i.
struct QatNode {
  QatKind kind = QatKind::kFlatten;
  std::string path;  // dotted, as in the keys of the state: "3.body.0"
  std::vector<std::size_t> inputs;
  Activation activation = Activation::kNone;              // fused behind it
  std::shared_ptr<nn::Conv2d> conv = nullptr;             // of kConv
  std::shared_ptr<nn::BatchNorm2d> batch_norm = nullptr;  // folded into conv; null without one
  std::shared_ptr<nn::Linear> linear = nullptr;           // of kLinear
  ops::PoolOptions pool{};  // of pools; kernel 0 is one window, the whole image
  // Of kFunction, joins and kIsland. A Conv2d or Linear that stays in float is an island too, and
  // keeps conv or linear, batch_norm and activation.
  std::shared_ptr<nn::Module> layer = nullptr;

  bool has_weight() const { return kind == QatKind::kConv || kind == QatKind::kLinear; }
  bool is_pool() const { return kind == QatKind::kMaxPool || kind == QatKind::kAveragePool; }
  // Whether its value has quantization parameters of its own; a pool or a Flatten keeps those of
  // its input.
  bool has_grid() const { return !is_pool() && kind != QatKind::kFlatten; }
};

// The node of a layer that always has one of its own: Conv2d, Linear, MaxPool2d, AvgPool2d,
// AdaptiveAvgPool2d(1, 1) (a kAveragePool with kernel 0) and Flatten(1), reading `value`. Nothing
// for any other kind. A layer without a bias counts as one whose bias is 0. Throws Error naming
// path and layer on another AdaptiveAvgPool2d and another Flatten.
std::optional<QatNode> own_node(const std::shared_ptr<nn::Module>& layer, const std::string& path,
                                std::size_t value);

// What joins the node before it. `node` is null where there is none to join; each throws Error
// naming path and layer unless it can:
// a BatchNorm2d needs a Conv2d that has neither batch norm nor activation yet, an activation a node
// other than a pool or a Flatten that has no activation yet.
void join_batch_norm(QatNode* node, const std::shared_ptr<nn::BatchNorm2d>& norm,
                     const std::string& path);
void join_activation(QatNode* node, Activation activation, const nn::Module& layer,
                     const std::string& path);

// For a layer that is none of these: always throws Error naming path and layer.
[[noreturn]] void refuse_layer(const nn::Module& layer, const std::string& path);

// The path of a child: "3.body" and "0" → "3.body.0", "" and "3" → "3".
std::string child_path(const std::string& path, const std::string& name);

// Throws Error unless x is [n, in]: a Linear takes images too and multiplies along their width,
// which nobody means in a network that will be deployed.
void require_rows(const nn::Linear& linear, const Tensor& x);

// The nodes with weights that `paths` names as float islands. Throws Error on a path that no layer
// with a weight has.
std::vector<QatNode> kept_in_float(std::vector<QatNode> nodes, const std::set<std::string>& paths);

// What the node computes in float of the values it reads, without its batch norm and activation.
Tensor float_output(const QatNode& node, std::span<const Tensor> inputs);

}  // namespace tinytorch::quantization
