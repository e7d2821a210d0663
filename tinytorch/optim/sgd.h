#pragma once
// Stochastic gradient descent with momentum, in PyTorch's form.
// Given (sgd.cpp); the update itself is written in the optimizers module (updates.h).

#include "tinytorch/optim/optimizer.h"

namespace tinytorch::optim {

struct SGDOptions {
  float learning_rate = 0.01f;
  float momentum = 0.0f;
  float weight_decay = 0.0f;
  bool nesterov = false;
};

// Without momentum sgd_update() on each parameter that has a gradient, with it momentum_update(),
// the velocity starting from 0.
class SGD : public Optimizer {
 public:
  // Throws Error when momentum is outside [0, 1), weight_decay negative, or nesterov is asked for
  // without momentum.
  SGD(const std::vector<Tensor>& parameters, const SGDOptions& options);

  void step() override;

 private:
  void add_own_state(State& state) const override;  // "<i>.momentum"
  void take_own_state(const State& state) override;

  SGDOptions options_;
  std::vector<Tensor> velocity_;  // one per parameter; none without momentum
};

}  // namespace tinytorch::optim
