#pragma once
// Optimizer: turns gradients into new parameter values.
// Given (optimizer.cpp).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::optim {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Moves every parameter that has a gradient; the others, frozen ones among them, stay as they
  // are.
  virtual void step() = 0;
  // Forgets the gradients: call it before each backward().
  void zero_grad();

  float learning_rate() const { return learning_rate_; }
  void set_learning_rate(float value);

  // Each once, in the order given.
  const std::vector<Tensor>& parameters() const { return parameters_; }
  // Everything a checkpoint must hold besides the parameters, by name ("3.momentum", "steps"). The
  // tensors share storage with the optimizer's own: writing to them changes it.
  virtual std::vector<std::pair<std::string, Tensor>> state() const = 0;
  // Copies values in by name. A missing, unknown or differently shaped entry throws Error and
  // leaves the state as it was.
  void load_state(const std::vector<std::pair<std::string, Tensor>>& state);

 protected:
  // A parameter given twice (tied layers) is kept once, one that does not require a gradient
  // (frozen) is kept and waits. Throws Error on an undefined parameter, the result of an operation,
  // two that share their values but not their gradient, and on a learning rate that is negative or
  // not finite.
  Optimizer(const std::vector<Tensor>& parameters, float learning_rate);

  // One zero tensor like each parameter.
  std::vector<Tensor> zeros_like_parameters() const;

  std::vector<Tensor> parameters_;
  float learning_rate_;
};

}  // namespace tinytorch::optim
