#include "tinytorch/quantization/qat/graph_nodes.h"

#include <algorithm>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/joins.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/deployed/run_op.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/detail/straight_through.h"
#include "tinytorch/quantization/qat/qat_graph.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

template <typename Layer>
bool is(const nn::Module& layer) {
  return dynamic_cast<const Layer*>(&layer) != nullptr;
}

ConcatAxis axis_of(const nn::Concat& join, std::int64_t rank) {
  const std::int64_t dim = normalize_dim("concat", join.dim(), rank);
  if (dim == 0) throw Error(concat(join.describe(), " along the batch has no integer form"));
  return static_cast<ConcatAxis>(dim);
}

std::vector<float> values_of(const Tensor& x) {
  return x.defined() ? std::vector<float>(x.data().begin(), x.data().end()) : std::vector<float>();
}

// A Conv2d or Linear that stays in float, its batch norm folded in.
IslandSettings layer_settings(const QatNode& node) {
  IslandSettings settings{.activation = node.activation};
  if (node.linear != nullptr) {
    settings.kind = IslandKind::kLinear;
    settings.layer.in_channels = node.linear->in_features();
    settings.layer.out_channels = node.linear->out_features();
    settings.weight = values_of(node.linear->weight());
    settings.bias = values_of(node.linear->bias());
    return settings;
  }
  const nn::Conv2d& conv = *node.conv;
  const nn::Conv2dOptions& options = conv.options();
  settings.kind = IslandKind::kConv;
  settings.layer = {conv.in_channels(), conv.out_channels(), conv.kernel(),   options.stride,
                    options.padding,    options.groups,      options.dilation};
  WeightAndBias values{conv.weight(), conv.bias()};
  if (node.batch_norm != nullptr) {
    values = fold_batch_norm(conv.weight(), conv.bias(), *node.batch_norm);
  }
  settings.weight = values_of(values.weight);
  settings.bias = values_of(values.bias);
  return settings;
}

IslandSettings settings_of(const nn::Module& layer, std::int64_t rank) {
  if (const auto* softmax = dynamic_cast<const nn::Softmax*>(&layer)) {
    return {.kind = IslandKind::kSoftmax, .dim = normalize_dim("softmax", softmax->dim(), rank)};
  }
  const auto& norm = dynamic_cast<const nn::LayerNorm&>(layer);
  const std::int64_t dims = norm.normalized_shape().ndim();
  if (dims >= rank) {
    throw Error(concat(norm.describe(), " over the batch has no integer form"));
  }
  return {.kind = IslandKind::kLayerNorm,
          .dim = rank - dims,
          .epsilon = norm.epsilon(),
          .weight = values_of(norm.weight()),
          .bias = values_of(norm.bias())};
}

AddGrids two(std::span<const QParams> inputs, QParams output) {
  return {inputs.front(), inputs.back(), output};
}

// Whether codes may stay in whatever order: each is a matter of its own.
bool is_elementwise(QatKind kind) {
  return kind == QatKind::kFunction || kind == QatKind::kMaximum;
}

bool is_image(const Tensor& x, QatKind kind) { return x.ndim() == 4 && !is_elementwise(kind); }

CodeExtent extent_of(const Tensor& x, QatKind kind) {
  if (is_image(x, kind)) return {x.size(2), x.size(3), x.size(1)};
  return {1, 1, x.numel() / x.size(0)};
}

std::vector<std::int8_t> codes_last(const Tensor& x, QParams grid, QatKind kind, int bits) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), grid, full_range(bits), codes);
  if (!is_image(x, kind)) return codes;
  return to_channels_last<std::int8_t>(codes, x.size(1), x.size(2) * x.size(3));
}

}  // namespace

std::optional<Function> function_of(const nn::Module& layer) {
  if (is<nn::ReLU>(layer)) return Function{FunctionKind::kRelu};
  if (is<nn::ReLU6>(layer)) return Function{FunctionKind::kClip, 0.0f, 6.0f};
  if (is<nn::Sigmoid>(layer)) return Function{FunctionKind::kSigmoid};
  if (is<nn::Tanh>(layer)) return Function{FunctionKind::kTanh};
  if (is<nn::Hardsigmoid>(layer)) return Function{FunctionKind::kHardsigmoid};
  if (is<nn::Hardswish>(layer)) return Function{FunctionKind::kHardswish};
  if (is<nn::SiLU>(layer)) return Function{FunctionKind::kSilu};
  if (const auto* leaky = dynamic_cast<const nn::LeakyReLU*>(&layer)) {
    return Function{FunctionKind::kLeakyRelu, leaky->slope()};
  }
  if (const auto* clip = dynamic_cast<const nn::Hardtanh*>(&layer)) {
    return Function{FunctionKind::kClip, clip->low(), clip->high()};
  }
  if (const auto* gelu = dynamic_cast<const nn::GELU*>(&layer)) {
    return Function{gelu->form() == ops::Gelu::kTanh ? FunctionKind::kGeluTanh
                                                     : FunctionKind::kGelu};
  }
  return std::nullopt;
}

bool is_other(QatKind kind) {
  return kind == QatKind::kFunction || kind == QatKind::kMultiply || kind == QatKind::kMaximum ||
         kind == QatKind::kConcat || kind == QatKind::kIsland;
}

NetworkOp deploy_other(const QatNode& node, std::span<const QParams> inputs, QParams output,
                       std::int64_t rank, const ConvSpec& spec) {
  const QRange range = full_range(spec.activation_bits);
  if (node.kind == QatKind::kMultiply) {
    return QuantizedMultiply(two(inputs, output), range, spec.dialect);
  }
  if (node.kind == QatKind::kMaximum) return QuantizedMaximum(two(inputs, output), range);
  if (node.kind == QatKind::kConcat) {
    const ConcatAxis axis = axis_of(dynamic_cast<const nn::Concat&>(*node.layer), rank);
    return QuantizedConcat({inputs.begin(), inputs.end()}, output, axis, range);
  }
  if (node.kind == QatKind::kIsland) {
    const bool is_layer = node.conv != nullptr || node.linear != nullptr;
    return FloatIsland(is_layer ? layer_settings(node) : settings_of(*node.layer, rank),
                       inputs.front(), output, range);
  }
  const std::optional<Function> function = function_of(*node.layer);
  if (!function) throw Error(concat(node.layer->describe(), " has no deployed form"));
  return QuantizedFunction(*function, inputs.front(), output, range);
}

NetworkOp deploy_other(const QatNetwork& net, std::size_t index) {
  const QatNode& node = net.nodes().at(index);
  std::vector<QParams> grids;
  for (const std::size_t value : node.inputs) grids.push_back(net.value_qparams(value));
  const std::int64_t rank = net.value_shape(node.inputs.front()).ndim() + 1;
  NetworkOp op = at_place(node.path, [&] {
    return deploy_other(node, grids, net.value_qparams(index + 1), rank, net.spec(index));
  });
  const auto* island = std::get_if<FloatIsland>(&op);
  const std::size_t read = node.inputs.front();
  if (island == nullptr || node.linear == nullptr || read == 0) return op;
  const QatNode& before = net.nodes()[read - 1];
  if (before.kind != QatKind::kFlatten) return op;
  const Shape image = net.value_shape(before.inputs.front());
  if (image.ndim() != 3 || image[1] * image[2] == 1) return op;
  IslandSettings settings = island->settings();
  settings.flattened_channels = image[0];
  return FloatIsland(std::move(settings), island->input(), island->output(),
                     full_range(net.config().activation_bits));
}

Tensor qat_other(const QatNode& node, std::span<const Tensor> inputs,
                 std::span<const QParams> grids, const Tensor& smooth, QParams output,
                 const ConvSpec& spec) {
  const NetworkOp op = deploy_other(node, grids, output, inputs.front().ndim(), spec);
  std::vector<std::vector<std::int8_t>> codes(inputs.size());
  std::vector<OpInput> read;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    codes[i] = codes_last(inputs[i], grids[i], node.kind, spec.activation_bits);
    read.push_back({codes[i], extent_of(inputs[i], node.kind), grids[i].zero_point});
  }
  std::vector<std::int8_t> y(static_cast<std::size_t>(smooth.numel()));
  run_op(op, read, {smooth.size(0), full_range(spec.activation_bits), spec.dialect, best_isa()}, y);
  if (is_image(smooth, node.kind)) {
    y = to_channels_first<std::int8_t>(y, smooth.size(1), smooth.size(2) * smooth.size(3));
  }
  return straight_through("qat_other", smooth, y, output, spec);
}

}  // namespace tinytorch::quantization
