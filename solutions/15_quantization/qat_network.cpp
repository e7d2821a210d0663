// Part 13 of module 15: train a whole network as the integers it will be deployed in.
#include "tinytorch/quantization/qat/qat_network.h"

#include <memory>
#include <string>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
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
  // BEGIN SOLUTION 15.41
  if (weight.size(0) != norm.weight().size(0)) {
    throw Error(concat("fold_batch_norm: weight ", to_string(weight.shape()), " has ",
                       weight.size(0), " outputs, the batch norm ", norm.weight().size(0),
                       " channels"));
  }
  const Tensor deviation = ops::sqrt(ops::add(norm.running_var(), norm.epsilon()));
  const Tensor factor = ops::div(norm.weight(), deviation);
  const Tensor centred =
      bias.defined() ? ops::sub(bias, norm.running_mean()) : ops::neg(norm.running_mean());
  return {ops::mul(weight, ops::reshape(factor, {-1, 1, 1, 1})),
          ops::add(norm.bias(), ops::mul(centred, factor))};
  // END SOLUTION 15.41
}

// BEGIN SOLUTION 15.42 helper
namespace {

// 1 where a real output became a code without being clipped, by the quantizer or the activation.
std::vector<std::uint8_t> passes(std::span<const float> real, QParams grid, const ConvSpec& spec) {
  std::vector<std::uint8_t> mask(real.size(), 1);
  if (spec.clip_gradient == ClipGradient::kBlocked) {
    mask = ste_mask(real, grid, full_range(spec.activation_bits));
  }
  for (std::size_t i = 0; i < real.size(); ++i) {
    if (spec.activation != Activation::kNone && real[i] <= 0.0f) mask[i] = 0;
    if (spec.activation == Activation::kRelu6 && real[i] >= 6.0f) mask[i] = 0;
  }
  return mask;
}

}  // namespace
// END SOLUTION 15.42

// TASK 15.42
Tensor qat_conv2d(const Tensor& x, const WeightAndBias& layer, const ConvContext& context) {
  // Forward: the five steps in the header. deployed.output_size({N, H, W}) says how large the
  // result is. Backward: the convolution that the integers approximate has known gradients;
  // yours is to shut the door where something was clipped.
  // BEGIN SOLUTION 15.42
  const ConvSpec& spec = context.spec;
  const QRange range = full_range(spec.activation_bits);
  QuantizedConv2d deployed = deploy_conv2d(layer, context.scales, context.input, spec);

  const ImageSize image{x.size(0), x.size(2), x.size(3)};
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
  const QParams grid = choose_qparams_asymmetric(seen.min, seen.max, range);
  deployed.set_output(grid, range, spec.dialect);

  std::vector<std::int8_t> y_codes(acc.size());
  deployed.requantize_outputs(acc, y_codes);
  Tensor y(Shape{out.batch, channels, out.height, out.width});
  dequantize(to_channels_first<std::int8_t>(y_codes, channels, places), grid, y.data());

  const std::vector<std::uint8_t> mask =
      to_channels_first<std::uint8_t>(passes(real, grid, spec), channels, places);
  auto backward = [x, weight = layer.weight, mask, options = spec.options](const Tensor& grad) {
    Tensor g = grad.clone();
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] == 0) g.data()[i] = 0.0f;
    }
    return ops::conv2d_gradients(g, x, weight, options);
  };
  return autograd::record("qat_conv2d", y, {x, layer.weight, layer.bias}, std::move(backward));
  // END SOLUTION 15.42
}

// BEGIN SOLUTION 15.44 helper
namespace {

template <typename Layer>
std::shared_ptr<Layer> as(const std::shared_ptr<nn::Module>& module) {
  return std::dynamic_pointer_cast<Layer>(module);
}

// The walk over one tree. `value` is the number of the value that the next module reads.
class Walk {
 public:
  std::vector<QatNode> nodes{};

  std::size_t into(const nn::Module& module, const std::string& path, std::size_t value) {
    if (dynamic_cast<const nn::Sequential*>(&module) == nullptr)
      return residual(module, path, value);
    for (const auto& [name, child] : module.children()) {
      value = layer(child, joined(path, name), value);
    }
    return value;
  }

 private:
  static std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : concat(path, ".", name);
  }

  [[noreturn]] static void refuse(const std::string& at, const nn::Module& module,
                                  const std::string& because) {
    throw Error(concat("match_network: ", at, ", ", module.describe(), ", ", because));
  }

  // The node that a layer reading `value` may be fused into; null when there is none.
  QatNode* before(std::size_t value) {
    return nodes.size() > branch_ && value == nodes.size() ? &nodes.back() : nullptr;
  }

  std::size_t residual(const nn::Module& module, const std::string& path, std::size_t value) {
    const auto* block = dynamic_cast<const nn::Residual*>(&module);
    if (block == nullptr) refuse(path, module, "has no integer form here");
    const std::size_t outer = std::exchange(branch_, nodes.size());
    const std::size_t body = layer(block->body(), joined(path, "body"), value);
    branch_ = nodes.size();
    const std::size_t shortcut = block->shortcut() == nullptr
                                     ? value
                                     : layer(block->shortcut(), joined(path, "shortcut"), value);
    branch_ = outer;
    nodes.push_back({.kind = QatKind::kAdd, .path = path, .inputs = {body, shortcut}});
    return nodes.size();
  }

  std::size_t layer(const std::shared_ptr<nn::Module>& module, const std::string& path,
                    std::size_t value) {
    if (auto node = own_node(module, path, value)) {
      nodes.push_back(std::move(*node));
      return nodes.size();
    }
    if (as<nn::Dropout>(module) != nullptr) return value;
    if (auto norm = as<nn::BatchNorm2d>(module)) return batch_norm(norm, path, value);
    if (as<nn::ReLU>(module) != nullptr) {
      return activation(*module, Activation::kRelu, path, value);
    }
    if (as<nn::ReLU6>(module) != nullptr) {
      return activation(*module, Activation::kRelu6, path, value);
    }
    return into(*module, path, value);
  }

  std::size_t batch_norm(const std::shared_ptr<nn::BatchNorm2d>& norm, const std::string& path,
                         std::size_t value) {
    QatNode* node = before(value);
    if (node == nullptr || node->conv == nullptr || node->batch_norm != nullptr ||
        node->activation != Activation::kNone) {
      refuse(path, *norm, "does not stand directly behind a Conv2d");
    }
    node->batch_norm = norm;
    return value;
  }

  std::size_t activation(const nn::Module& module, Activation kind, const std::string& path,
                         std::size_t value) {
    QatNode* node = before(value);
    if (node == nullptr || !node->has_grid() || node->activation != Activation::kNone) {
      refuse(path, module, "does not stand directly behind a Conv2d, Linear or Residual");
    }
    node->activation = kind;
    return value;
  }

  std::size_t branch_ = 0;  // the first node that the branch we are in has made, or will make
};

}  // namespace
// END SOLUTION 15.44

// TASK 15.44
std::vector<QatNode> match_network(const nn::Module& model) {
  // A recursive function that takes a module, its path and the number of the value it reads,
  // appends nodes, and returns the number of the value it wrote. Sequential and Residual call it
  // for their children; own_node() makes the nodes of plain layers. Keep the number of nodes at the
  // start of each branch: nothing made before may be fused into.
  // BEGIN SOLUTION 15.44
  Walk walk;
  (void)walk.into(model, "", 0);
  return std::move(walk.nodes);
  // END SOLUTION 15.44
}

// BEGIN SOLUTION 15.45 helper
namespace {

// [C, H, W] when node `index` reads a Flatten of such images, else [in].
Shape flattened_image(const QatNetwork& net, std::size_t value) {
  while (value > 0 && net.nodes()[value - 1].kind == QatKind::kFlatten) {
    value = net.nodes()[value - 1].inputs.front();
  }
  return net.value_shape(value);
}

template <typename Layer>
Layer with_output(Layer layer, QParams output, const ConvSpec& spec) {
  layer.set_output(output, full_range(spec.activation_bits), spec.dialect);
  return layer;
}

NetworkOp deployed_layer(const QatNetwork& net, std::size_t index, QParams input, QParams output) {
  const QatNode& node = net.nodes()[index];
  const ConvSpec spec = net.spec(index);
  WeightAndBias layer = net.folded(index);
  const std::vector<float> scales = net.scales(index, layer, input);
  if (node.kind == QatKind::kConv) {
    return with_output(deploy_conv2d(layer, scales, input, spec), output, spec);
  }
  const Shape image = flattened_image(net, node.inputs.front());
  std::vector<float> values(layer.weight.data().begin(), layer.weight.data().end());
  if (image.ndim() == 3) values = to_channels_last<float>(values, image[0], image[1] * image[2]);
  layer.weight = Tensor(layer.weight.shape(), std::move(values));
  return with_output(deploy_linear(layer, scales, input, spec), output, spec);
}

}  // namespace
// END SOLUTION 15.45

// TASK 15.45
QuantizedNetwork convert_network(const QatNetwork& net) {
  // Keep the grid of every value in a list, as you go: value 0 first, node i adds value i + 1.
  // Each QuantizedNode takes path and inputs from its QatNode, and one of QuantizedConv2d,
  // QuantizedLinear, QuantizedAdd, QuantizedPool, QuantizedFlatten. A pool takes everything that
  // node.pool says.
  // BEGIN SOLUTION 15.45
  const QConfig& config = net.config();
  std::vector<QParams> grids{net.input_qparams()};
  std::vector<QuantizedNode> deployed;
  for (std::size_t i = 0; i < net.nodes().size(); ++i) {
    const QatNode& node = net.nodes()[i];
    const QParams input = grids[node.inputs.front()];
    const QParams output = net.value_qparams(i + 1);
    grids.push_back(output);
    QuantizedNode next{node.path, node.inputs, QuantizedFlatten()};
    if (node.has_weight()) {
      next.op = deployed_layer(net, i, input, output);
    } else if (node.kind == QatKind::kAdd) {
      const AddGrids sum{input, grids[node.inputs.back()], output};
      next.op =
          QuantizedAdd(sum, full_range(config.activation_bits), config.dialect, node.activation);
    } else if (is_other(node.kind)) {
      next.op = deploy_other(net, i);
    } else if (node.kind != QatKind::kFlatten) {
      const PoolKind kind = node.kind == QatKind::kMaxPool ? PoolKind::kMax : PoolKind::kAverage;
      next.op = QuantizedPool{kind, node.pool.kernel, node.pool.stride, node.pool.padding,
                              node.pool.count_include_pad};
    }
    deployed.push_back(std::move(next));
  }
  return {net.value_shape(0), grids.front(), config.activation_bits, config.dialect,
          std::move(deployed)};
  // END SOLUTION 15.45
}

}  // namespace tinytorch::quantization
