#pragma once
// A float network of any shape under quantization-aware training. Given; prepare_qat() makes one of
// a chain of linear layers and convert() deploys it, prepare_network() and convert_network() do the
// same for any tree of modules.
//
// The float model's own modules are the children of the QatNetwork, under the same names: both
// have the same parameters and buffers, and training one trains the other.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/qat/qat_node.h"
#include "tinytorch/quantization/qat/qat_ops.h"
#include "tinytorch/quantization/qat/qconfig.h"

namespace tinytorch::quantization {

enum class QatPhase {
  kCalibrate,  // float arithmetic; the observers watch
  kQuantize,   // the deployed integer arithmetic; the observers watch while training() is on
};

class QatNetwork : public nn::Module {
 public:
  // `nodes` as match_model(model) or prepare_qat(model) makes them. Throws Error without a node,
  // when one reads a value that is made after it or has no layer, when a width is not 2 to 8
  // or a step negative (kNever aside), or when the model has parameters outside its children.
  QatNetwork(const nn::Module& model, std::vector<QatNode> nodes, QConfig config);
  ~QatNetwork() override;

  // Images [N, C, H, W] or rows [n, features], as the float model takes them. Where the first node
  // is a Linear (prepare_qat passes over a Flatten), images are read as rows.
  //   kCalibrate: float arithmetic; the observers watch, in eval mode too.
  //   kQuantize:  the deployed integers, value by value with the parameters of deployment; in
  //   training
  //               the observers watch first. One exception: in training, until its BatchNorm2d is
  //               frozen, a folded convolution is simulated in float (fold_in_training below).
  // In eval mode nothing is ever simulated. Throws Error naming the layer's path on NaN or
  // infinity in what an observer sees, before calibration, and on shapes that do not fit.
  Tensor forward(const Tensor& input) override;
  std::string describe() const override;
  // The layers belong to the float model as well: where that is in eval mode, none of them is
  // training yet and all of them begin to.
  void enter_training() override;
  // What the observers saw, shapes, phase, steps, and what is frozen.
  State extra_state() const override;
  void load_extra_state(const State& state) override;
  std::function<void()> extra_state_restorer() override;
  // The learned scales, in the step that guesses them anew.
  std::vector<Tensor> moved_by_forward() const override;

  void set_phase(QatPhase phase) { phase_ = phase; }
  QatPhase phase() const { return phase_; }
  // From now on, ranges stand still; batch norm normalizes by its running statistics, which stand
  // still too.
  void freeze_observers() { observers_frozen_ = true; }
  void freeze_batch_norm() { batch_norm_frozen_ = true; }
  // Takes in what the observers of `other` saw, value by value (Observer::merge), so that copies of
  // a network can calibrate on a part of the data each; also shapes seen there and not here. Throws
  // Error when nodes, kinds of observers, momentum or activation bits differ; nothing has changed
  // then.
  void merge_calibration(const QatNetwork& other);
  bool observers_frozen() const { return observers_frozen_; }
  bool batch_norm_frozen() const { return batch_norm_frozen_; }
  std::int64_t steps() const { return steps_; }

  const QConfig& config() const { return config_; }
  const std::vector<QatNode>& nodes() const { return nodes_; }
  // The float model's own parameters and buffers, under its own keys: state_dict() without the
  // learned scales ("learned_scales.<path>") that kLsq adds.
  std::vector<nn::NamedTensor> model_state() const;

  // The quantization parameters of a value now. Throws Error naming the path before calibration.
  QParams input_qparams() const;
  QParams value_qparams(std::size_t value) const;
  // The shape of value `value` for one sample, as seen by the last forward pass: [C, H, W] or
  // [features]. Throws Error before the first.
  Shape value_shape(std::size_t value) const;
  // These and what follows throw Error on a node that does not exist.
  // Weight (folded), bias (zeros for a layer without one) and scales of node `index` for an input
  // with the parameters `input`: what the forward pass uses in eval mode, and deployment. A learned
  // scale that training drove to 0 or below counts as kMinScale: its weights are as good as 0, and
  // their gradient can still bring it back. Throws Error on one that is NaN or infinite.
  WeightAndBias folded(std::size_t index) const;
  std::vector<float> scales(std::size_t index, const WeightAndBias& layer, QParams input) const;
  ConvSpec spec(std::size_t index) const;
  // The steps of forward() in kQuantize, for callers that work between them (ptq.h): the quantized
  // input, and value index + 1 from the values that node `index` reads.
  // In training the observers watch first.
  Tensor quantized_input(const Tensor& input);
  Tensor quantized_node(std::size_t index, std::span<const Tensor> inputs);
  // Of node `index`: weight_bits, or what bits_by_path says.
  int weight_bits(std::size_t index) const;

 private:
  struct Memory;

  const QatNode& node(std::size_t index) const;
  bool quantizing() const;
  void advance();
  Tensor float_node(std::size_t index, std::span<const Tensor> inputs);
  Tensor other_node(std::size_t index, std::span<const Tensor> inputs);
  Tensor normalized(nn::BatchNorm2d& norm, const Tensor& x);
  Tensor weighted_node(std::size_t index, const Tensor& x);
  // A Linear runs through qat_linear where the config is_plain(), as a convolution otherwise.
  Tensor linear_node(std::size_t index, const Tensor& x);
  // Krishnamoorthi 2018, §3.2.2: normalize by the batch's statistics, quantize the weights folded
  // with the running ones, whose scale does not jump from batch to batch.
  //   factor = γ/√(σ²+ε) of the running σ;   y = BN(conv(x, quantized(w · factor)) / factor + b)
  Tensor fold_in_training(std::size_t index, const Tensor& x);
  Tensor quantized_weight(std::size_t index, const Tensor& weight,
                          const std::vector<float>& scales);
  void observe(std::size_t value, const Tensor& x);
  void remember(std::size_t value, const Tensor& x);

  std::vector<QatNode> nodes_;
  QConfig config_;
  QatPhase phase_ = QatPhase::kCalibrate;
  bool observers_frozen_ = false;
  bool batch_norm_frozen_ = false;
  std::int64_t steps_ = 0;
  std::unique_ptr<Memory> state_;
};

}  // namespace tinytorch::quantization
