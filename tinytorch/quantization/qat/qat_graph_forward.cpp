// The forward passes of a QatNetwork: float while it calibrates, the deployed integers afterwards.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/extra_state.h"
#include "tinytorch/quantization/qat/detail/qat_graph_state.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_graph.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace tinytorch::quantization {
namespace {

ops::ConvOptions options_of(const nn::Conv2d& conv) {
  const nn::Conv2dOptions& options = conv.options();
  return {options.stride, options.padding, options.groups, options.dilation};
}

// One value per channel, shaped to meet images.
Tensor per_channel(const Tensor& x) { return ops::reshape(x, {1, -1, 1, 1}); }

constexpr const char* kInput = "the network's input";

}  // namespace

bool QatNetwork::quantizing() const {
  if (phase_ == QatPhase::kCalibrate) return false;
  return !training() || steps_ > config_.quantize_after_step;
}

void QatNetwork::advance() {
  const auto reached = [&](std::int64_t after) { return after != kNever && steps_ > after; };
  ++steps_;
  if (reached(config_.freeze_observers_after_step)) freeze_observers();
  if (reached(config_.freeze_batch_norm_after_step)) freeze_batch_norm();
  // Weights have moved since the first guess at their scales.
  if (config_.quantize_after_step < 1 || steps_ - 1 != config_.quantize_after_step) return;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Tensor learned = state_->learned[i];
    if (!learned.defined()) continue;
    const auto guess = lsq_scales(folded(i).weight, config_.granularity, weight_bits(i));
    std::copy(guess.begin(), guess.end(), learned.data().begin());
  }
}

Tensor QatNetwork::forward(const Tensor& x) {
  if (x.ndim() < 2 || x.numel() == 0) {
    throw Error(concat("QatNetwork: input ", to_string(x.shape()),
                       "; expected images [N, C, H, W] or rows [n, features]"));
  }
  const bool as_rows = nodes_.front().kind == QatKind::kLinear && x.ndim() > 2;
  const Tensor input = as_rows ? ops::flatten(x) : x;
  std::optional<nn::StepGuard> guard;  // a batch that is refused half-way moves nothing
  if (training() || phase_ == QatPhase::kCalibrate) guard.emplace(*this);
  if (training() && phase_ == QatPhase::kQuantize) advance();
  const bool integers = quantizing();
  std::vector<Tensor> values;
  if (!integers) at_place(kInput, [&] { observe(0, input); });
  values.push_back(integers ? quantized_input(input) : input);
  remember(0, input);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::vector<Tensor> read;
    for (const std::size_t value : nodes_[i].inputs) read.push_back(values[value]);
    values.push_back(at_place(
        nodes_[i].path, [&] { return integers ? quantized_node(i, read) : float_node(i, read); }));
    remember(i + 1, values.back());
  }
  if (guard) guard->keep();
  return values.back();
}

Tensor QatNetwork::quantized_input(const Tensor& input) {
  if (training()) at_place(kInput, [&] { observe(0, input); });
  return fake_quantize(input, input_qparams(), full_range(config_.activation_bits));
}

Tensor QatNetwork::float_node(std::size_t index, std::span<const Tensor> inputs) {
  const QatNode& node = nodes_[index];
  Tensor y = float_output(node, inputs);
  if (node.batch_norm != nullptr) y = normalized(*node.batch_norm, y);
  y = activated(y, node.activation);
  observe(index + 1, y);
  return y;
}

Tensor QatNetwork::normalized(nn::BatchNorm2d& norm, const Tensor& x) {
  if (!batch_norm_frozen_) return norm.forward(x);
  return ops::batch_norm(x, norm.running_mean(), norm.running_var(), norm.weight(), norm.bias(),
                         {.epsilon = norm.epsilon()});
}

ConvSpec QatNetwork::spec(std::size_t index) const {
  const QatNode& node = this->node(index);
  return {.options = node.conv == nullptr ? ops::ConvOptions{} : options_of(*node.conv),
          .activation = node.activation,
          .weight_bits = weight_bits(index),
          .activation_bits = config_.activation_bits,
          .dialect = config_.dialect,
          .clip_gradient = config_.clip_gradient};
}

Tensor QatNetwork::quantized_node(std::size_t index, std::span<const Tensor> inputs) {
  const QatNode& node = this->node(index);
  const Tensor& x = inputs.front();
  const std::size_t input = node.inputs.front();
  switch (node.kind) {
    case QatKind::kFlatten:
      return ops::flatten(x);
    case QatKind::kMaxPool:
      return ops::max_pool2d(x, node.pool);  // of values on one grid: exact
    case QatKind::kAveragePool:
      return qat_average_pool(x, value_qparams(input), node.pool, spec(index));
    case QatKind::kAdd: {
      const Tensor& second = inputs.back();
      if (training()) observe(index + 1, activated(ops::add(x, second), node.activation));
      const AddGrids grids{value_qparams(input), value_qparams(node.inputs.back()),
                           value_qparams(index + 1)};
      return qat_add(x, second, grids, spec(index));
    }
    case QatKind::kConv:
      if (node.batch_norm != nullptr && training() && !batch_norm_frozen_) {
        return fold_in_training(index, x);
      }
      return weighted_node(index, x);
    case QatKind::kLinear:
      return linear_node(index, x);
    case QatKind::kFunction:
    case QatKind::kMultiply:
    case QatKind::kMaximum:
    case QatKind::kConcat:
    case QatKind::kIsland:
      return other_node(index, inputs);
  }
  throw Error("QatNetwork: unknown kind of node");
}

Tensor QatNetwork::other_node(std::size_t index, std::span<const Tensor> inputs) {
  const QatNode& node = nodes_[index];
  Tensor smooth = float_output(node, inputs);
  if (node.batch_norm != nullptr) smooth = normalized(*node.batch_norm, smooth);
  smooth = activated(smooth, node.activation);
  if (training()) observe(index + 1, smooth);
  // The deployed layer has the running statistics folded in; training normalizes by the batch's.
  if (node.batch_norm != nullptr && training() && !batch_norm_frozen_) {
    return fake_quantize(smooth, value_qparams(index + 1), full_range(config_.activation_bits));
  }
  std::vector<QParams> grids;
  for (const std::size_t value : node.inputs) grids.push_back(value_qparams(value));
  return qat_other(node, inputs, grids, smooth, value_qparams(index + 1), spec(index));
}

Tensor QatNetwork::weighted_node(std::size_t index, const Tensor& x) {
  WeightAndBias layer = folded(index);
  const QParams input = value_qparams(nodes_[index].inputs.front());
  ConvContext context{.scales = scales(index, layer, input),
                      .input = input,
                      .observer = state_->observers[index + 1].get(),
                      .observe = training() && !observers_frozen_,
                      .spec = spec(index)};
  layer.weight = quantized_weight(index, layer.weight, context.scales);
  if (layer.weight.ndim() == 2) {
    layer.weight = ops::reshape(layer.weight, {layer.weight.size(0), layer.weight.size(1), 1, 1});
  }
  return qat_conv2d(x, layer, context);
}

Tensor QatNetwork::linear_node(std::size_t index, const Tensor& x) {
  const QatNode& node = nodes_[index];
  require_rows(*node.linear, x);
  if (is_plain(config_) && node.activation != Activation::kRelu6) {
    QConfig own = config_;
    own.weight_bits = weight_bits(index);
    const QatLayer layer{node.linear, node.activation == Activation::kRelu,
                         *state_->observers[index + 1]};
    return qat_linear(x, layer, value_qparams(node.inputs.front()), own,
                      training() && !observers_frozen_);
  }
  // The rows of a batch are the pixels of one image that is a pixel wide.
  const Tensor image = ops::reshape(ops::transpose(x, 0, 1), {1, x.size(1), x.size(0), 1});
  const Tensor y = weighted_node(index, image);
  return ops::transpose(ops::reshape(y, {y.size(1), y.size(2)}), 0, 1);
}

Tensor QatNetwork::fold_in_training(std::size_t index, const Tensor& x) {
  const QatNode& node = nodes_[index];
  nn::BatchNorm2d& norm = *node.batch_norm;
  Tensor factor(norm.weight().shape());  // a constant of this step: rounding has no derivative
  for (std::size_t c = 0; c < factor.data().size(); ++c) {
    const float gamma = std::as_const(norm).weight().data()[c];
    const float spread = std::sqrt(norm.running_var().data()[c] + norm.epsilon());
    factor.data()[c] = gamma == 0.0f ? 1.0f : gamma / spread;  // γ = 0 could not be divided out
  }
  const Tensor weight = ops::mul(node.conv->weight(), ops::reshape(factor, {-1, 1, 1, 1}));
  const QParams input = value_qparams(node.inputs.front());
  const std::vector<float> steps = scales(index, {weight, folded(index).bias}, input);
  Tensor y = ops::conv2d(x, quantized_weight(index, weight, steps), {}, options_of(*node.conv));
  y = ops::div(y, per_channel(factor));
  if (node.conv->bias().defined()) y = ops::add(y, per_channel(node.conv->bias()));
  y = activated(norm.forward(y), node.activation);
  observe(index + 1, y);
  return fake_quantize(y, value_qparams(index + 1), full_range(config_.activation_bits));
}

}  // namespace tinytorch::quantization
