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
  // BEGIN SOLUTION 15.41
  const Tensor deviation = ops::sqrt(ops::add(norm.running_var(), norm.epsilon()));
  const Tensor factor = ops::div(norm.weight(), deviation);
  const Tensor centred =
      bias.defined() ? ops::sub(bias, norm.running_mean()) : ops::neg(norm.running_mean());
  return {ops::mul(weight, ops::reshape(factor, {-1, 1, 1, 1})),
          ops::add(norm.bias(), ops::mul(centred, factor))};
  // END SOLUTION 15.41
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
  // BEGIN SOLUTION 15.42
  std::vector<std::uint8_t> mask(real.size(), 1);
  if (spec.clip_gradient == ClipGradient::kBlocked) {
    mask = ste_mask(real, output, full_range(spec.activation_bits));
  }
  for (std::size_t i = 0; i < real.size(); ++i) {
    if (spec.activation != Activation::kNone && real[i] <= 0.0f) mask[i] = 0;
    if (spec.activation == Activation::kRelu6 && real[i] >= 6.0f) mask[i] = 0;
  }
  return mask;
  // END SOLUTION 15.42
}

}  // namespace

Tensor qat_conv2d(const Tensor& x, const WeightAndBias& layer, const ConvContext& context) {
  // Forward: the five steps in the header. deployed.output_size(image) says how large the result
  // is. Backward: ops::conv2d_gradients() of the gradient, masked where something was clipped. Try
  // it by hand first: 1 × 1 kernel 2, x (1, 3), output scale 0.5 → y (2, 6), dx = 2 · grad.
  [[maybe_unused]] const ConvSpec& spec = context.spec;
  [[maybe_unused]] const ImageSize image{x.size(0), x.size(2), x.size(3)};
  // BEGIN SOLUTION 15.42
  const QRange range = full_range(spec.activation_bits);
  QuantizedConv2d deployed = deploy_conv2d(layer, context.scales, context.input, spec);
  std::vector<std::int8_t> x_codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), context.input, range, x_codes);
  x_codes = to_channels_last<std::int8_t>(x_codes, x.size(1), image.height * image.width);

  const ImageSize out = deployed.output_size(image);
  const std::int64_t channels = layer.weight.size(0);
  const std::int64_t places = out.height * out.width;
  std::vector<std::int32_t> acc(static_cast<std::size_t>(out.batch * places * channels));
  deployed.accumulate(x_codes, image, acc);
  const std::vector<float> real = deployed.real_outputs(acc);
  if (context.observe) context.observer->observe(real);
  const Range seen = context.observer->range();
  const QParams output = choose_qparams_asymmetric(seen.min, seen.max, range);
  deployed.set_output(output, range, spec.dialect);

  std::vector<std::int8_t> y_codes(acc.size());
  deployed.requantize_outputs(acc, y_codes);
  Tensor y(Shape{out.batch, channels, out.height, out.width});
  dequantize(to_channels_first<std::int8_t>(y_codes, channels, places), output, y.data());

  const std::vector<std::uint8_t> mask =
      to_channels_first<std::uint8_t>(passes(real, output, spec), channels, places);
  auto backward = [x, weight = layer.weight, mask, options = spec.options](const Tensor& grad) {
    return ops::conv2d_gradients(masked(grad, mask), x, weight, options);
  };
  return autograd::record("qat_conv2d", y, {x, layer.weight, layer.bias}, std::move(backward));
  // END SOLUTION 15.42
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
  // BEGIN SOLUTION 15.44
  if (walk.nodes.size() <= walk.branch || value != walk.nodes.size()) return nullptr;
  return &walk.nodes.back();
  // END SOLUTION 15.44
}

[[maybe_unused]] std::size_t walk_layer(Walk& walk, const std::shared_ptr<nn::Module>& layer,
                                        const std::string& path, std::size_t value) {
  // One child that reads `value`; returns the number of the value it wrote, `value` itself when it
  // made no node. own_node(), join_batch_norm() and join_activation() are given (qat_node.h); what
  // none of them takes is a container for walk_into().
  // Try it by hand first: a Conv2d, its ReLU and a Dropout, reading 0, 1 and 1: one node, value 1.
  // BEGIN SOLUTION 15.44
  if (auto node = own_node(layer, path, value)) return walk.append(std::move(*node));
  if (as<nn::Dropout>(layer) != nullptr) return value;
  if (const auto norm = as<nn::BatchNorm2d>(layer)) {
    join_batch_norm(joinable(walk, value), norm, path);
  } else if (as<nn::ReLU>(layer) != nullptr) {
    join_activation(joinable(walk, value), Activation::kRelu, *layer, path);
  } else if (as<nn::ReLU6>(layer) != nullptr) {
    join_activation(joinable(walk, value), Activation::kRelu6, *layer, path);
  } else {
    return walk_into(walk, *layer, path, value);
  }
  return value;
  // END SOLUTION 15.44
}

[[maybe_unused]] std::size_t walk_residual(Walk& walk, const nn::Residual& block,
                                           const std::string& path, std::size_t value) {
  // Body, then shortcut, both reading `value`; then a kAdd. Set walk.branch before each, and back
  // at the end.
  // Try it by hand first: a body of one Conv2d reading value 1, no shortcut: nodes 1 (the Conv2d)
  // and 2 (the kAdd of values 2 and 1).
  // BEGIN SOLUTION 15.44
  const std::size_t outer = std::exchange(walk.branch, walk.nodes.size());
  const std::size_t body = walk_layer(walk, block.body(), child_path(path, "body"), value);
  walk.branch = walk.nodes.size();
  std::size_t shortcut = value;
  if (block.shortcut() != nullptr) {
    shortcut = walk_layer(walk, block.shortcut(), child_path(path, "shortcut"), value);
  }
  walk.branch = outer;
  return walk.append({.kind = QatKind::kAdd, .path = path, .inputs = {body, shortcut}});
  // END SOLUTION 15.44
}

std::size_t walk_into(Walk& walk, const nn::Module& module, const std::string& path,
                      std::size_t value) {
  // A Residual, or a Sequential whose children read each other's values; refuse_layer() anything
  // else: a layer passed over in silence would be missing from the deployed network.
  // Try it by hand first: Sequential(Conv2d, Conv2d) at "3": nodes "3.0" and "3.1".
  // BEGIN SOLUTION 15.44
  if (const auto* block = dynamic_cast<const nn::Residual*>(&module)) {
    return walk_residual(walk, *block, path, value);
  }
  if (dynamic_cast<const nn::Sequential*>(&module) == nullptr) refuse_layer(module, path);
  for (const auto& [name, child] : module.children()) {
    value = walk_layer(walk, child, child_path(path, name), value);
  }
  return value;
  // END SOLUTION 15.44
}

}  // namespace

std::vector<QatNode> match_network(const nn::Module& model) {
  // The nodes of one walk, from value 0 on.
  // Try it by hand first: Sequential(Linear, ReLU, Linear): nodes "0", with the ReLU, and "2".
  // BEGIN SOLUTION 15.44
  Walk walk;
  (void)walk_into(walk, model, "", 0);
  return std::move(walk.nodes);
  // END SOLUTION 15.44
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
  // BEGIN SOLUTION 15.45
  const ConvSpec spec = net.spec(index);
  const QRange range = full_range(spec.activation_bits);
  WeightAndBias layer = net.folded(index);
  const std::vector<float> scales = net.scales(index, layer, input);
  if (net.nodes()[index].kind == QatKind::kConv) {
    return with_output(deploy_conv2d(layer, scales, input, spec), output, range, spec.dialect);
  }
  const Shape image = before_flatten(net, net.nodes()[index].inputs.front());
  if (image.ndim() == 3) {
    const std::span<const float> columns = std::as_const(layer.weight).data();
    layer.weight = Tensor(layer.weight.shape(),
                          to_channels_last<float>(columns, image[0], image[1] * image[2]));
  }
  return with_output(deploy_linear(layer, scales, input, spec), output, range, spec.dialect);
  // END SOLUTION 15.45
}

}  // namespace

QuantizedNetwork convert_network(const QatNetwork& net) {
  // Each QuantizedNode takes path and inputs from its QatNode, and one of QuantizedConv2d,
  // QuantizedLinear, QuantizedAdd, QuantizedPool, QuantizedFlatten. net.value_qparams(v) are the
  // quantization parameters of value v. A pool takes everything that node.pool says.
  // Try it by hand first: node 2, a kAdd of values 2 and 1: the parameters of values 2, 1 and 3.
  // BEGIN SOLUTION 15.45
  const QConfig& config = net.config();
  std::vector<QuantizedNode> deployed;
  for (std::size_t i = 0; i < net.nodes().size(); ++i) {
    const QatNode& node = net.nodes()[i];
    const QParams input = net.value_qparams(node.inputs.front());
    const QParams output = net.value_qparams(i + 1);
    QuantizedNode next{node.path, node.inputs, QuantizedFlatten()};
    if (node.has_weight()) {
      next.op = deployed_layer(net, i, input, output);
    } else if (node.kind == QatKind::kAdd) {
      const AddGrids sum{input, net.value_qparams(node.inputs.back()), output};
      const QRange range = full_range(config.activation_bits);
      next.op = QuantizedAdd(sum, range, config.dialect, node.activation);
    } else if (is_other(node.kind)) {
      next.op = deploy_other(net, i);
    } else if (node.is_pool()) {
      const PoolKind kind = node.kind == QatKind::kMaxPool ? PoolKind::kMax : PoolKind::kAverage;
      next.op = QuantizedPool{kind, node.pool.kernel, node.pool.stride, node.pool.padding,
                              node.pool.count_include_pad};
    }
    deployed.push_back(std::move(next));
  }
  return {net.value_shape(0), net.input_qparams(), config.activation_bits, config.dialect,
          std::move(deployed)};
  // END SOLUTION 15.45
}

}  // namespace tinytorch::quantization
