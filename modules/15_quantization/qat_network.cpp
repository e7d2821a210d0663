// Part 13 of module 15: train a whole network as the integers it will be deployed in.
#include "tinytorch/quantization/qat/qat_network.h"

#include <memory>
#include <string>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {

// TASK 15.41
WeightAndBias fold_batch_norm(const Tensor& weight, const Tensor& bias,
                              const nn::BatchNorm2d& norm) {
  // One factor per channel, then two products and two sums, all of them ops:: functions: training
  // sends gradients through them. ops::reshape(factor, {-1, 1, 1, 1}) meets a weight of four
  // dimensions. Square root and division in the order of the header: deployment folds with this
  // very function, and the last bit counts.
  // Try it by hand first: γ 3, σ² + ε = 4, μ 2, β 1, weight 0.5 → weight 0.75, bias 1 - 2 · 1.5.
  tinytorch::require_count("fold_batch_norm", "channels of the batch norm",
                           static_cast<std::size_t>(norm.weight().size(0)),
                           static_cast<std::size_t>(weight.size(0)));
  throw tinytorch::not_implemented("15.41");
}

namespace {

// Given: `grad` with 0 where the mask is 0.
[[maybe_unused]] Tensor masked(const Tensor& grad, std::span<const std::uint8_t> mask) {
  Tensor result = grad.clone();
  const std::span<float> values = result.data();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 0) values[i] = 0.0f;
  }
  return result;
}

// TASK 15.42
[[maybe_unused]] std::vector<std::uint8_t> passes(std::span<const float> real, QParams output,
                                                  const ConvSpec& spec) {
  // 1 where a real output became a code without being clipped, by the quantizer or the activation.
  // Try it by hand first: real outputs (-1, 2, 7) under kRelu6 → (0, 1, 0).
  throw tinytorch::not_implemented("15.42");
}

}  // namespace

Tensor qat_conv2d(const Tensor& x, const WeightAndBias& layer, const ConvContext& context) {
  // Forward: the five steps in the header. deployed.output_size(image) says how large the result
  // is. Backward: ops::conv2d_gradients() of the gradient, masked where something was clipped. Try
  // it by hand first: 1 × 1 kernel 2, x (1, 3), output scale 0.5 → y (2, 6), dx = 2 · grad.
  [[maybe_unused]] const ConvSpec& spec = context.spec;
  [[maybe_unused]] const ImageSize image{x.size(0), x.size(2), x.size(3)};
  throw tinytorch::not_implemented("15.42");
}

namespace {

// Given: `module` as this kind of layer; null when it is another.
template <typename Layer>
std::shared_ptr<Layer> as(const std::shared_ptr<nn::Module>& module) {
  return std::dynamic_pointer_cast<Layer>(module);
}

// Given: what the walk over the tree has made. `branch` nodes were there when the branch that it is
// in began. append() returns the number of the value that the new node writes.
struct Walk {
  std::vector<QatNode> nodes{};
  std::size_t branch = 0;

  std::size_t append(QatNode node) {
    nodes.push_back(std::move(node));
    return nodes.size();
  }
};

// Given, to be called before it is written: see below.
[[maybe_unused]] std::size_t walk_into(Walk& walk, const nn::Module& module,
                                       const std::string& path, std::size_t value);

// TASK 15.44
[[maybe_unused]] QatNode* joinable(Walk& walk, std::size_t value) {
  // The node that a layer reading `value` may join: the last one, if it wrote that value and was
  // made in this branch. Null when there is none.
  // Try it by hand first: 3 nodes, branch 2, value 3 → node 2; branch 3 → null.
  throw tinytorch::not_implemented("15.44");
}

[[maybe_unused]] std::size_t walk_layer(Walk& walk, const std::shared_ptr<nn::Module>& layer,
                                        const std::string& path, std::size_t value) {
  // One child that reads `value`; returns the number of the value it wrote, `value` itself when it
  // made no node. own_node(), join_batch_norm() and join_activation() are given (qat_node.h); what
  // none of them takes is a container for walk_into().
  // Try it by hand first: a Conv2d, its ReLU and a Dropout, reading 0, 1 and 1: one node, value 1.
  throw tinytorch::not_implemented("15.44");
}

[[maybe_unused]] std::size_t walk_residual(Walk& walk, const nn::Residual& block,
                                           const std::string& path, std::size_t value) {
  // Body, then shortcut, both reading `value`; then a kAdd. Set walk.branch before each, and back
  // at the end.
  // Try it by hand first: a body of one Conv2d reading value 1, no shortcut: nodes 1 (the Conv2d)
  // and 2 (the kAdd of values 2 and 1).
  throw tinytorch::not_implemented("15.44");
}

std::size_t walk_into(Walk& walk, const nn::Module& module, const std::string& path,
                      std::size_t value) {
  // A Residual, or a Sequential whose children read each other's values; refuse_layer() anything
  // else: a layer passed over in silence would be missing from the deployed network.
  // Try it by hand first: Sequential(Conv2d, Conv2d) at "3": nodes "3.0" and "3.1".
  throw tinytorch::not_implemented("15.44");
}

}  // namespace

std::vector<QatNode> match_network(const nn::Module& model) {
  // The nodes of one walk, from value 0 on.
  // Try it by hand first: Sequential(Linear, ReLU, Linear): nodes "0", with the ReLU, and "2".
  throw tinytorch::not_implemented("15.44");
}

namespace {

// Given: the shape of value `value` before it was flattened: [C, H, W], or [in] when it never was
// an image.
[[maybe_unused]] Shape before_flatten(const QatNetwork& net, std::size_t value) {
  while (value > 0 && net.nodes()[value - 1].kind == QatKind::kFlatten) {
    value = net.nodes()[value - 1].inputs.front();
  }
  return net.value_shape(value);
}

// Given: the layer with its output set.
template <typename Layer>
NetworkOp with_output(Layer layer, QParams output, QRange range, Dialect dialect) {
  layer.set_output(output, range, dialect);
  return layer;
}

// TASK 15.45
[[maybe_unused]] NetworkOp deployed_layer(const QatNetwork& net, std::size_t index, QParams input,
                                          QParams output) {
  // A kConv or kLinear: the network's own folded weights and scales, deployed. Where
  // before_flatten() finds an image, reorder a Linear's columns.
  // Try it by hand first: [2, 1, 2] flattened: columns (a0, a1, b0, b1) → (a0, b0, a1, b1).
  throw tinytorch::not_implemented("15.45");
}

}  // namespace

QuantizedNetwork convert_network(const QatNetwork& net) {
  // Each QuantizedNode takes path and inputs from its QatNode, and one of QuantizedConv2d,
  // QuantizedLinear, QuantizedAdd, QuantizedPool, QuantizedFlatten. net.value_qparams(v) are the
  // quantization parameters of value v. A pool takes everything that node.pool says.
  // Try it by hand first: node 2, a kAdd of values 2 and 1: the parameters of values 2, 1 and 3.
  throw tinytorch::not_implemented("15.45");
}

}  // namespace tinytorch::quantization
