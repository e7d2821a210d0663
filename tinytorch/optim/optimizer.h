#pragma once
// Optimizer: turns gradients into new parameter values.
// Given (optimizer.cpp).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tinytorch/core/state.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::optim {

class Optimizer : public Stateful {
 public:
  // Moves every parameter that has a gradient; the others, frozen ones among them, stay as they
  // are.
  virtual void step() = 0;
  // Forgets the gradients: call it before each backward().
  void zero_grad();

  float learning_rate() const { return learning_rate_; }
  void set_learning_rate(float value);

  // Each once, in the order given.
  const std::vector<Tensor>& parameters() const { return parameters_; }
  // Everything a checkpoint must hold besides the parameters: "learning_rate", and what the kind of
  // optimizer keeps for each parameter ("3.momentum", "3.step").
  State state() const final;
  // A missing or unknown entry, or one of another size, throws Error and leaves the state as it
  // was.
  void load_state(const State& state) final;

 protected:
  // A parameter given twice (tied layers) is kept once, one that does not require a gradient
  // (frozen) is kept and waits. Throws Error on an undefined parameter, the result of an operation,
  // two that share their values but not their gradient, and on a learning rate that is negative or
  // not finite.
  Optimizer(const std::vector<Tensor>& parameters, float learning_rate);

  // What a kind keeps. take_own_state() is given the names that add_own_state() gives; it throws
  // before it changes anything.
  virtual void add_own_state(State& state) const = 0;
  virtual void take_own_state(const State& state) = 0;
  // For both: one tensor like each parameter, as "<i>.<name>".
  static void add_tensors(State& state, const std::string& name,
                          const std::vector<Tensor>& tensors);
  static void check_tensors(const State& state, const std::string& name,
                            const std::vector<Tensor>& tensors);
  static void take_tensors(const State& state, const std::string& name,
                           std::vector<Tensor>& tensors);

  // One zero tensor like each parameter.
  std::vector<Tensor> zeros_like_parameters() const;

  std::vector<Tensor> parameters_;
  float learning_rate_;
};

}  // namespace tinytorch::optim
