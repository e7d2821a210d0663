#pragma once
// Module: a layer, or a tree of layers, with named parameters and buffers, in PyTorch's terms.

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tinytorch/core/state.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::nn {

using NamedTensor = std::pair<std::string, Tensor>;

// A copy shares parameters, buffers and children with the original, as a copy of a Tensor shares
// its values; the mode (training or eval) is each one's own.
class Module {
 public:
  Module() = default;
  Module(const Module&) = default;
  Module(Module&&) = default;
  Module& operator=(const Module&) = default;
  Module& operator=(Module&&) = default;
  virtual ~Module() = default;

  virtual Tensor forward(const Tensor& input) = 0;
  Tensor operator()(const Tensor& input) { return forward(input); }
  // The kind, as PyTorch prints it: "Linear(64, 32)". Of a module that does not say: its children,
  // "Module(Linear(64, 32), ReLU())".
  virtual std::string describe() const;

  // Trainable tensors and persistent state of this module and its children, in registration
  // order, with dotted names ("0.weight", "0.bias", "1.running_mean").
  std::vector<NamedTensor> named_parameters() const;
  std::vector<NamedTensor> named_buffers() const;
  // The same without names. A parameter that stands at several places (a layer used twice, tied
  // weights) comes once, at the first.
  std::vector<Tensor> parameters() const;
  std::vector<NamedTensor> state_dict() const;  // parameters, then buffers
  // Copies values in by name. A missing, unknown or differently shaped key throws Error and
  // leaves every value as it was.
  void load_state_dict(const std::vector<NamedTensor>& state);

  // What this module, without its children, remembers besides parameters and buffers: a random
  // stream, observers, counters. A checkpoint holds it (extra_state.h), and a step that is refused
  // puts it back. load_extra_state() gets the same entries; it throws Error on values that do not
  // fit, and has then changed nothing.
  virtual State extra_state() const { return {}; }
  virtual void load_extra_state(const State& state) { state.require_names_of({}); }
  // A function that puts extra_state() back as it is now, while this module lives; empty where
  // there is nothing to put back. A guard asks at every step (StepGuard), so a module with much to
  // remember overrides this and copies what it has instead of naming it.
  virtual std::function<void()> extra_state_restorer();
  // The tensors of this module, without its children, that a forward pass in training may write to:
  // its buffers.
  virtual std::vector<Tensor> moved_by_forward() const;

  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& children() const {
    return children_;
  }

  // Puts `child` in the place of the child of that name, for all that this module does with it:
  // what a conversion of some layers of a network needs. Containers that can do so say it by
  // overriding this; any other module throws Error "Gelu(): cannot replace child …", for it may
  // hold the old child elsewhere as well and would go on using that. Throws Error when there is no
  // such child or the new one is null.
  virtual void replace_child(const std::string& name, std::shared_ptr<Module> child);

  // The mode of this module and of all in it. A module that keeps a part frozen overrides train(),
  // calls Module::train(on) and puts that part back into eval mode; eval() is train(false).
  virtual void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }
  // What a training loop calls before an epoch: train() unless the module is in training mode; then
  // what is frozen in it, a layer in eval mode, stays frozen.
  virtual void enter_training() {
    if (!training()) train();
  }
  void zero_grad();

 protected:
  Tensor register_parameter(std::string name, Tensor value);  // sets requires_grad
  Tensor register_buffer(std::string name, Tensor value);
  void register_module(std::string name, std::shared_ptr<Module> child);
  // The same for a layer given by value, and that layer: what a module of one's own holds.
  //   std::shared_ptr<Linear> fc1_ = register_module("fc1", Linear(64, 32));
  template <std::derived_from<Module> Layer>
  std::shared_ptr<Layer> register_module(std::string name, Layer layer) {
    auto held = std::make_shared<Layer>(std::move(layer));
    register_module(std::move(name), std::shared_ptr<Module>(held));
    return held;
  }
  // The part of replace_child() that concerns children().
  void set_child(const std::string& name, std::shared_ptr<Module> child);

 private:
  friend class ModeGuard;  // gives each module its own mode back

  std::vector<NamedTensor> parameters_;
  std::vector<NamedTensor> buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children_;
  bool training_ = true;
};

}  // namespace tinytorch::nn
