#pragma once
// BatchNorm2d: channels of mean 0 and variance 1, then a learned scale and shift.
// Given (batch_norm.cpp); the kernels are written in the convolutions module
// (kernels/batch_norm.h).

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Parameters "weight" (ones) and "bias" (zeros), buffers "running_mean" (zeros) and "running_var"
// (ones), each [C].
class BatchNorm2d : public Module {
 public:
  explicit BatchNorm2d(std::int64_t channels, float epsilon = 1e-5f, float momentum = 0.1f);

  // x [N, C, H, W] → the same shape. Training normalizes by the batch's own mean and variance and
  // updates running ← (1 − momentum) · running + momentum · batch, the variance there divided by
  // n − 1. Eval mode normalizes by the running statistics.
  // Throws Error on another rank or number of channels, and in training on one value per channel.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "BatchNorm2d(16)"

  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }
  const Tensor& running_mean() const { return running_mean_; }
  const Tensor& running_var() const { return running_var_; }
  float epsilon() const { return epsilon_; }
  float momentum() const { return momentum_; }

 private:
  void update_running(const Tensor& mean, const Tensor& variance, std::int64_t count);

  float epsilon_;
  float momentum_;
  Tensor weight_;
  Tensor bias_;
  Tensor running_mean_;
  Tensor running_var_;
};

}  // namespace tinytorch::nn
