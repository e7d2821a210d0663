#include "tinytorch/quantization/qat/qat_model.h"

#include <algorithm>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/qat.h"

namespace tinytorch::quantization {
namespace {

QParams qparams_of(const Observer& observer, int bits) {
  const Range range = observer.range();
  return choose_qparams_asymmetric(range.min, range.max, full_range(bits));
}

}  // namespace

QatModel::QatModel(std::vector<QatLayer> layers, QConfig config)
    : layers_(std::move(layers)), config_(config), input_observer_(config.observer_momentum) {
  if (layers_.empty()) throw Error("QatModel: no linear layer to quantize");
  (void)symmetric_range(config.weight_bits);
  (void)full_range(config.activation_bits);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    register_module(std::to_string(i), layers_[i].linear);
  }
}

Tensor QatModel::forward(const Tensor& input) {
  const Tensor rows = input.ndim() == 2 ? input : ops::reshape(input, {input.size(0), -1});
  return phase_ == QatPhase::kCalibrate ? forward_float(rows) : forward_quantized(rows);
}

Tensor QatModel::forward_float(const Tensor& input) {
  input_observer_.observe(input.data());
  Tensor x = input;
  for (QatLayer& layer : layers_) {
    x = layer.linear->forward(x);
    if (layer.relu) x = ops::relu(x);
    layer.observer.observe(std::as_const(x).data());
  }
  return x;
}

Tensor QatModel::forward_quantized(const Tensor& input) {
  QParams grid = input_qparams();
  Tensor x = fake_quantize(input, grid, full_range(config_.activation_bits));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = at_place(concat("layer ", i),
                 [&] { return qat_linear(x, layers_[i], grid, config_, training()); });
    grid = output_qparams(i);
  }
  return x;
}

std::string QatModel::describe() const {
  return concat("QatModel(", layers_.size(), " layers, W", config_.weight_bits, "A",
                config_.activation_bits, ")");
}

void QatModel::merge_calibration(const QatModel& other) {
  const auto like = [](const QatLayer& a, const QatLayer& b) {
    return a.relu == b.relu && a.linear->describe() == b.linear->describe();
  };
  if (!(config_ == other.config_) ||
      !std::equal(layers_.begin(), layers_.end(), other.layers_.begin(), other.layers_.end(),
                  like)) {
    throw Error(concat("merge_calibration: ", describe(), " and ", other.describe(),
                       " are not copies of one network with one QConfig"));
  }
  input_observer_.merge(other.input_observer_);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i].observer.merge(other.layers_[i].observer);
  }
}

QParams QatModel::input_qparams() const {
  return qparams_of(input_observer_, config_.activation_bits);
}

QParams QatModel::output_qparams(std::size_t layer) const {
  return qparams_of(layers_[layer].observer, config_.activation_bits);
}

}  // namespace tinytorch::quantization
