#pragma once
// A float network under quantization-aware training: the same weights, an observer behind every
// layer. Given; prepare_qat() makes one, convert() turns it into a QuantizedModel.

#include <memory>
#include <string>
#include <vector>

#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

struct QConfig {
  int weight_bits = 8;      // per output channel, symmetric
  int activation_bits = 8;  // per tensor, asymmetric
  float observer_momentum = 0.1f;
  bool operator==(const QConfig&) const = default;
};

// A linear layer, the ReLU fused behind it if there is one, and what its output has looked like.
struct QatLayer {
  std::shared_ptr<nn::Linear> linear;  // shared with the float model: training it trains both
  bool relu = false;
  MovingAverageObserver observer;
};

enum class QatPhase {
  kCalibrate,  // float arithmetic; the observers watch
  kQuantize,   // the deployed integer arithmetic; the observers watch while training() is on
};

class QatModel : public nn::Module {
 public:
  // Throws Error when there is no layer, or a width is not 2 to 8.
  QatModel(std::vector<QatLayer> layers, QConfig config);

  // Throws Error naming the layer when its weights or biases are no longer finite: training blew
  // up.
  Tensor forward(const Tensor& input) override;
  std::string describe() const override;

  void set_phase(QatPhase phase) { phase_ = phase; }
  // Takes in what the observers of `other` saw, layer by layer (MovingAverageObserver::merge), so
  // that copies of a network can calibrate on a part of the data each. Throws Error when the layers
  // or the configs differ; nothing has changed then.
  void merge_calibration(const QatModel& other);
  QatPhase phase() const { return phase_; }
  const QConfig& config() const { return config_; }
  const std::vector<QatLayer>& layers() const { return layers_; }
  // Parameters of the network's input and of layer i's output, from what the observers saw.
  // Throw Error before calibration.
  QParams input_qparams() const;
  QParams output_qparams(std::size_t layer) const;

 private:
  Tensor forward_float(const Tensor& input);
  Tensor forward_quantized(const Tensor& input);

  std::vector<QatLayer> layers_;
  QConfig config_;
  QatPhase phase_ = QatPhase::kCalibrate;
  MovingAverageObserver input_observer_;
};

}  // namespace tinytorch::quantization
