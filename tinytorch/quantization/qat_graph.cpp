#include "tinytorch/quantization/qat_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/context.h"
#include "tinytorch/quantization/fake_quant.h"
#include "tinytorch/quantization/qat_network.h"

namespace tinytorch::quantization {
namespace {

constexpr const char* kLearnedScales = "learned_scales";

// Holds the scales that kLsq learns, so that an optimizer finds them among the parameters.
class LearnedScales : public nn::Module {
 public:
  Tensor add(const std::string& path, std::vector<float> first_guess) {
    const auto count = static_cast<std::int64_t>(first_guess.size());
    return register_parameter(path, Tensor(Shape{count}, std::move(first_guess)));
  }
  Tensor forward(const Tensor& x) override { return x; }
  std::string describe() const override { return "LearnedScales()"; }
};

Tensor activated(const Tensor& x, Activation activation) {
  if (activation == Activation::kRelu) return ops::relu(x);
  return activation == Activation::kRelu6 ? ops::clamp(x, 0.0f, 6.0f) : x;
}

ops::ConvOptions options_of(const nn::Conv2d& conv) {
  return {conv.options().stride, conv.options().padding, conv.options().groups};
}

// One value per channel, shaped to meet images.
Tensor per_channel(const Tensor& x) { return ops::reshape(x, {1, -1, 1, 1}); }

void require_width(const char* what, int bits) {
  if (bits < 2 || bits > 8) throw Error(concat("QatNetwork: ", bits, " ", what, "; choose 2 to 8"));
}

// A Linear of PyTorch's takes images too and multiplies along their width; nobody means that here.
void require_rows(const nn::Linear& linear, const Tensor& x) {
  if (x.ndim() == 2 && x.size(1) == linear.in_features()) return;
  throw Error(concat(linear.describe(), ": input ", to_string(x.shape()), ", expected [n, ",
                     linear.in_features(), "]; images need a Flatten before"));
}

}  // namespace

struct QatNetwork::State {
  std::vector<std::unique_ptr<Observer>> observers;  // of each value; null where it has no grid
  std::vector<Shape> shapes;                         // of each value, once seen
  std::vector<Tensor> learned;                       // of each node; undefined without one
};

QatNetwork::QatNetwork(const nn::Module& model, std::vector<QatNode> nodes, NetworkQConfig config)
    : nodes_(std::move(nodes)), config_(config), state_(std::make_unique<State>()) {
  require_width("weight bits", config.weight_bits);
  require_width("activation bits", config.activation_bits);
  if (nodes_.empty()) throw Error("QatNetwork: no layer to quantize");
  for (const auto& [name, child] : model.children()) register_module(name, child);
  if (named_parameters().size() != model.named_parameters().size()) {
    throw Error(concat("QatNetwork: ", model.describe(),
                       " has parameters of its own; put it into a Sequential"));
  }
  const auto observer = [&] {
    return make_observer(config.observer, config.observer_momentum,
                         full_range(config.activation_bits));
  };
  state_->observers.push_back(observer());
  for (const QatNode& node : nodes_) {
    state_->observers.push_back(node.has_grid() ? observer() : nullptr);
  }
  state_->shapes.resize(nodes_.size() + 1);
  state_->learned.resize(nodes_.size());
  if (config.weight_quantizer != WeightQuantizer::kLsq) return;
  const auto scales = std::make_shared<LearnedScales>();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].has_weight()) continue;
    state_->learned[i] = scales->add(
        nodes_[i].path, lsq_scales(folded(i).weight, config.granularity, config.weight_bits));
  }
  register_module(kLearnedScales, scales);
}

QatNetwork::~QatNetwork() = default;

std::shared_ptr<QatNetwork> prepare_network(const nn::Module& model, const NetworkQConfig& config) {
  return std::make_shared<QatNetwork>(model, match_network(model), config);
}

std::string QatNetwork::describe() const {
  return concat("QatNetwork(", nodes_.size(), " nodes, W", config_.weight_bits, "A",
                config_.activation_bits, ")");
}

std::vector<nn::NamedTensor> QatNetwork::model_state() const {
  std::vector<nn::NamedTensor> state = state_dict();
  std::erase_if(state, [](const nn::NamedTensor& entry) {
    return entry.first.starts_with(std::string(kLearnedScales) + ".");
  });
  return state;
}

// --- grids and shapes ---

QParams QatNetwork::input_qparams() const { return value_qparams(0); }

QParams QatNetwork::value_qparams(std::size_t value) const {
  if (value > nodes_.size()) throw Error(concat("QatNetwork: value ", value, " does not exist"));
  while (state_->observers[value] == nullptr) value = nodes_[value - 1].inputs.front();
  const std::string place = value == 0 ? "the network's input" : nodes_[value - 1].path;
  return at_place(place, [&] {
    const Range range = state_->observers[value]->range();
    return choose_qparams_asymmetric(range.min, range.max, full_range(config_.activation_bits));
  });
}

Shape QatNetwork::value_shape(std::size_t value) const {
  if (value > nodes_.size()) throw Error(concat("QatNetwork: value ", value, " does not exist"));
  const Shape& shape = state_->shapes[value];
  if (shape.ndim() == 0) {
    throw Error("QatNetwork: nothing observed yet; run a forward pass, calibrate first");
  }
  return shape;
}

void QatNetwork::remember(std::size_t value, const Tensor& x) {
  const std::vector<std::int64_t>& sizes = x.shape().sizes();
  state_->shapes[value] = Shape(std::vector<std::int64_t>(sizes.begin() + 1, sizes.end()));
}

void QatNetwork::observe(std::size_t value, const Tensor& x) {
  if (observers_frozen_ || state_->observers[value] == nullptr) return;
  state_->observers[value]->observe(x.data());
}

// --- weights ---

WeightAndBias QatNetwork::folded(std::size_t index) const {
  const QatNode& node = nodes_.at(index);
  if (node.linear != nullptr) return {node.linear->weight(), node.linear->bias()};
  if (node.conv == nullptr) throw Error(concat("QatNetwork: ", node.path, " has no weight"));
  if (node.batch_norm == nullptr) return {node.conv->weight(), node.conv->bias()};
  return fold_batch_norm(node.conv->weight(), node.conv->bias(), *node.batch_norm);
}

std::vector<float> QatNetwork::scales(std::size_t index, const WeightAndBias& layer,
                                      QParams input) const {
  const Tensor& learned = state_->learned[index];
  std::vector<float> scales;
  if (learned.defined()) {
    const std::span<const float> values = learned.data();
    for (std::int64_t o = 0; o < layer.weight.size(0); ++o) {
      const float value = values[values.size() == 1 ? 0 : static_cast<std::size_t>(o)];
      scales.push_back(std::max(value, kMinScale));
    }
  } else {
    scales = max_scales(layer.weight, config_.granularity, config_.weight_bits);
  }
  make_room_for_bias(scales, layer.bias, input.scale);
  return scales;
}

Tensor QatNetwork::quantized_weight(std::size_t index, const Tensor& weight,
                                    const std::vector<float>& scales) {
  const Tensor& learned = state_->learned[index];
  if (learned.defined()) return quantize_weight_lsq(weight, learned, scales, config_.weight_bits);
  return quantize_weight(weight, scales, config_.weight_bits, config_.clip_gradient);
}

// --- forward ---

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
  if (config_.quantize_after_step < 1 || steps_ != config_.quantize_after_step + 1) return;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Tensor learned = state_->learned[i];
    if (!learned.defined()) continue;
    const auto guess = lsq_scales(folded(i).weight, config_.granularity, config_.weight_bits);
    std::copy(guess.begin(), guess.end(), learned.data().begin());
  }
}

Tensor QatNetwork::forward(const Tensor& input) {
  if (input.ndim() < 2 || input.numel() == 0) {
    throw Error(concat("QatNetwork: input ", to_string(input.shape()),
                       "; expected images [N, C, H, W] or rows [n, features]"));
  }
  if (training() && phase_ == QatPhase::kQuantize) advance();
  const bool integers = quantizing();
  std::vector<Tensor> values;
  if (!integers || training()) at_place("the network's input", [&] { observe(0, input); });
  values.push_back(integers
                       ? fake_quantize(input, input_qparams(), full_range(config_.activation_bits))
                       : input);
  remember(0, input);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Tensor& x = values[nodes_[i].inputs.front()];
    const Tensor& second = values[nodes_[i].inputs.back()];
    values.push_back(at_place(nodes_[i].path, [&] {
      return integers ? quantized_node(i, x, second) : float_node(i, x, second);
    }));
    remember(i + 1, values.back());
  }
  return values.back();
}

Tensor QatNetwork::float_node(std::size_t index, const Tensor& x, const Tensor& second) {
  const QatNode& node = nodes_[index];
  switch (node.kind) {
    case QatKind::kFlatten:
      return ops::flatten(x);
    case QatKind::kMaxPool:
      return ops::max_pool2d(x, node.pool);
    case QatKind::kAveragePool:
      return node.pool.kernel == 0 ? ops::adaptive_avg_pool2d(x, 1, 1)
                                   : ops::avg_pool2d(x, node.pool);
    default:
      break;
  }
  if (node.linear != nullptr) require_rows(*node.linear, x);
  Tensor y = node.kind == QatKind::kAdd ? ops::add(x, second)
             : node.linear != nullptr   ? node.linear->forward(x)
                                        : node.conv->forward(x);
  if (node.batch_norm != nullptr) y = normalized(*node.batch_norm, y);
  y = activated(y, node.activation);
  observe(index + 1, y);
  return y;
}

Tensor QatNetwork::normalized(nn::BatchNorm2d& norm, const Tensor& x) {
  if (!batch_norm_frozen_) return norm.forward(x);
  return ops::batch_norm(x, norm.running_mean(), norm.running_var(), norm.weight(), norm.bias(),
                         norm.epsilon(), false);
}

ConvSpec QatNetwork::spec(std::size_t index) const {
  const QatNode& node = nodes_.at(index);
  return {.options = node.conv == nullptr ? ops::ConvOptions{} : options_of(*node.conv),
          .activation = node.activation,
          .weight_bits = config_.weight_bits,
          .activation_bits = config_.activation_bits,
          .dialect = config_.dialect,
          .clip_gradient = config_.clip_gradient};
}

Tensor QatNetwork::quantized_node(std::size_t index, const Tensor& x, const Tensor& second) {
  const QatNode& node = nodes_[index];
  const std::size_t input = node.inputs.front();
  switch (node.kind) {
    case QatKind::kFlatten:
      return ops::flatten(x);
    case QatKind::kMaxPool:
      return ops::max_pool2d(x, node.pool);  // of values on one grid: exact
    case QatKind::kAveragePool:
      return qat_average_pool(x, value_qparams(input), node.pool, spec(index));
    case QatKind::kAdd: {
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
  }
  throw Error("QatNetwork: unknown kind of node");
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

// The rows of a batch are the pixels of one image that is a pixel wide.
Tensor QatNetwork::linear_node(std::size_t index, const Tensor& x) {
  require_rows(*nodes_[index].linear, x);
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
