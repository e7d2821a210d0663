#pragma once
// Adam and AdamW, in PyTorch's form.
// Given (adam.cpp); the updates themselves are written in the optimizers module (updates.h).

#include "tinytorch/optim/optimizer.h"

namespace tinytorch::optim {

struct AdamOptions {
  float learning_rate = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.0f;
};

// adam_update() on each parameter that has a gradient. Steps are counted for each parameter alone:
// one that meets its first gradient late begins with step 1, as in PyTorch.
class Adam : public Optimizer {
 public:
  // Throws Error when a beta is outside [0, 1), epsilon or weight_decay negative.
  explicit Adam(const std::vector<Tensor>& parameters, const AdamOptions& options = {});

  void step() override;

 protected:
  enum class Decay { kInGradient, kDecoupled };
  Adam(const std::vector<Tensor>& parameters, const AdamOptions& options, Decay decay);

 private:
  void add_own_state(State& state) const override;  // "<i>.exp_avg", "<i>.exp_avg_sq", "<i>.step"
  void take_own_state(const State& state) override;

  AdamOptions options_;
  Decay decay_;
  std::vector<Tensor> first_;        // one per parameter
  std::vector<Tensor> second_;       // one per parameter
  std::vector<std::int64_t> steps_;  // one per parameter: how often it was moved
};

// The same with adamw_update().
class AdamW : public Adam {
 public:
  explicit AdamW(const std::vector<Tensor>& parameters,
                 const AdamOptions& options = {.weight_decay = 0.01f})
      : Adam(parameters, options, Decay::kDecoupled) {}
};

}  // namespace tinytorch::optim
