#include "tinytorch/quantization/qat/qat_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/detail/qat_graph_state.h"
#include "tinytorch/quantization/qat/detail/symmetric_observer.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/qat_network.h"

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

// Throws Error unless `nodes` can be walked in order: each reads values made before it, and has the
// layer that its kind is made of.
void require_walkable(const std::vector<QatNode>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const QatNode& node = nodes[i];
    const bool pair = node.kind == QatKind::kAdd || node.kind == QatKind::kMultiply ||
                      node.kind == QatKind::kMaximum;
    const bool any = node.kind == QatKind::kConcat && !node.inputs.empty();
    const std::size_t needed = pair ? 2 : 1;
    if (!any && node.inputs.size() != needed) {
      throw Error(concat("QatNetwork: ", node.path, " reads ", node.inputs.size(),
                         " values, expected ", needed));
    }
    for (const std::size_t value : node.inputs) {
      if (value <= i) continue;
      throw Error(
          concat("QatNetwork: ", node.path, " reads value ", value, ", which is not made yet"));
    }
    if ((node.kind == QatKind::kConv && node.conv == nullptr) ||
        (node.kind == QatKind::kLinear && node.linear == nullptr) ||
        (is_other(node.kind) && node.layer == nullptr)) {
      throw Error(concat("QatNetwork: ", node.path, " has no layer of its kind"));
    }
  }
}

void require_step(const char* name, std::int64_t step, std::int64_t least) {
  if (step >= least) return;
  throw Error(concat("QatNetwork: ", name, " ", step, "; expected ", least, " or more"));
}

}  // namespace

QatNetwork::QatNetwork(const nn::Module& model, std::vector<QatNode> nodes, QConfig config)
    : nodes_(kept_in_float(std::move(nodes), config.float_layers)),
      config_(config),
      state_(std::make_unique<Memory>()) {
  require_width("QatNetwork", config.weight_bits, "weight bits");
  require_width("QatNetwork", config.activation_bits, "activation bits");
  at_place("QatNetwork", [&] { require_one_scale_per_output(config.granularity); });
  if (nodes_.empty()) throw Error("QatNetwork: no layer to quantize");
  require_walkable(nodes_);
  require_step("quantize_after_step", config.quantize_after_step, 0);
  require_step("freeze_observers_after_step", config.freeze_observers_after_step, kNever);
  require_step("freeze_batch_norm_after_step", config.freeze_batch_norm_after_step, kNever);
  for (const auto& own : config.bits_by_path) {
    require_width("QatNetwork", own.second, "weight bits");
    const bool known = std::any_of(nodes_.begin(), nodes_.end(), [&](const QatNode& node) {
      return node.path == own.first && node.has_weight();
    });
    if (!known) {
      throw Error(concat("QatNetwork: bits_by_path names ", own.first, ", no layer with a weight"));
    }
  }
  for (const auto& [name, child] : model.children()) register_module(name, child);
  if (named_parameters().size() != model.named_parameters().size()) {
    throw Error(concat("QatNetwork: ", model.describe(),
                       " has parameters of its own; put it into a Sequential"));
  }
  const auto observer = [&]() -> std::unique_ptr<Observer> {
    const QRange codes = full_range(config.activation_bits);
    auto made = make_observer(config.observer, config.observer_momentum, codes);
    if (!config.symmetric_activations) return made;
    return std::make_unique<SymmetricObserver>(std::move(made), codes);
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
        nodes_[i].path, lsq_scales(folded(i).weight, config.granularity, weight_bits(i)));
  }
  register_module(kLearnedScales, scales);
}

QatNetwork::~QatNetwork() = default;

std::shared_ptr<QatNetwork> prepare_network(const nn::Module& model, const QConfig& config) {
  return std::make_shared<QatNetwork>(model, match_model(model), config);
}

std::string QatNetwork::describe() const {
  return concat("QatNetwork(", nodes_.size(), " nodes, W", config_.weight_bits, "A",
                config_.activation_bits, ")");
}

void QatNetwork::enter_training() {
  const bool layers_train = std::any_of(
      children().begin(), children().end(),
      [](const auto& child) { return child.first != kLearnedScales && child.second->training(); });
  if (!training() || !layers_train) train();
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

void QatNetwork::merge_calibration(const QatNetwork& other) {
  const auto like = [](const QatNode& a, const QatNode& b) {
    return a.kind == b.kind && a.path == b.path && a.inputs == b.inputs;
  };
  if (!std::equal(nodes_.begin(), nodes_.end(), other.nodes_.begin(), other.nodes_.end(), like)) {
    throw Error(concat("merge_calibration: ", describe(), " and ", other.describe(),
                       " are not copies of one network"));
  }
  if (config_.observer != other.config_.observer ||
      config_.observer_momentum != other.config_.observer_momentum ||
      config_.activation_bits != other.config_.activation_bits) {
    throw Error(
        "merge_calibration: the two watched with other observers, momenta or activation bits; "
        "prepare both with one QConfig");
  }
  for (std::size_t value = 0; value <= nodes_.size(); ++value) {
    if (state_->observers[value] != nullptr) {
      state_->observers[value]->merge(*other.state_->observers[value]);
    }
    if (state_->shapes[value].ndim() == 0) state_->shapes[value] = other.state_->shapes[value];
  }
}

// --- weights ---

const QatNode& QatNetwork::node(std::size_t index) const {
  if (index < nodes_.size()) return nodes_[index];
  throw Error(concat("QatNetwork: node ", index, " does not exist; there are ", nodes_.size()));
}

WeightAndBias QatNetwork::folded(std::size_t index) const {
  const QatNode& node = this->node(index);
  if (node.linear != nullptr) return with_bias(node.linear->weight(), node.linear->bias());
  if (node.conv == nullptr) throw Error(concat("QatNetwork: ", node.path, " has no weight"));
  if (node.batch_norm == nullptr) return with_bias(node.conv->weight(), node.conv->bias());
  return fold_batch_norm(node.conv->weight(), node.conv->bias(), *node.batch_norm);
}

int QatNetwork::weight_bits(std::size_t index) const {
  const auto own = config_.bits_by_path.find(node(index).path);
  return own == config_.bits_by_path.end() ? config_.weight_bits : own->second;
}

std::vector<float> QatNetwork::scales(std::size_t index, const WeightAndBias& layer,
                                      QParams input) const {
  (void)node(index);
  const Tensor& learned = state_->learned[index];
  std::vector<float> scales;
  if (learned.defined()) {
    const std::span<const float> values = learned.data();
    for (std::int64_t o = 0; o < layer.weight.size(0); ++o) {
      const std::size_t i = values.size() == 1 ? 0 : static_cast<std::size_t>(o);
      if (!std::isfinite(values[i])) {
        throw Error(concat("learned scale ", i, " is ", values[i],
                           "; training blew up, so try a smaller learning rate"));
      }
      scales.push_back(std::max(values[i], kMinScale));
    }
  } else {
    scales = max_scales(layer.weight, config_.granularity, weight_bits(index));
  }
  const auto is_zero = [](float w) { return w == 0.0f; };
  const std::span<const float> weights = layer.weight.data();
  // Rows that share one scale keep it, if any of them has a say in it.
  if (config_.granularity == Granularity::kPerChannel ||
      std::all_of(weights.begin(), weights.end(), is_zero)) {
    scale_zero_rows(scales, layer.weight, layer.bias, input.scale);
  }
  for (float& scale : scales) scale = std::max(scale, kMinScale);
  make_room_for_bias(scales, layer.bias, input.scale);
  return scales;
}

Tensor QatNetwork::quantized_weight(std::size_t index, const Tensor& weight,
                                    const std::vector<float>& scales) {
  const Tensor& learned = state_->learned[index];
  if (learned.defined()) return quantize_weight_lsq(weight, learned, scales, weight_bits(index));
  return quantize_weight(weight, scales, weight_bits(index), config_.clip_gradient);
}

}  // namespace tinytorch::quantization
