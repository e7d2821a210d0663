#pragma once
// What the modules of a tree remember besides parameters and buffers, for checkpoints, and a way
// back from a step that was refused. Given (extra_state.cpp).

#include <functional>
#include <utility>
#include <vector>

#include "tinytorch/core/state.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// extra_state() of the module, and of all in it under their paths: "2.rng.words".
State extra_state_of(const Module& module);
// Throws Error naming what is missing, unknown or does not fit; every module is then as it was.
void load_extra_state(Module& module, const State& state);

// Remembers buffers and extra state of all modules below `module`, and puts them back when it is
// destroyed, unless keep() was called before: a step that throws half-way leaves no statistics, no
// ranges and no random stream behind that moved.
//     nn::StepGuard guard(model);
//     … forward, loss; an Error on a loss that is not finite
//     guard.keep();
class StepGuard {
 public:
  explicit StepGuard(Module& module);
  ~StepGuard();
  StepGuard(const StepGuard&) = delete;
  StepGuard& operator=(const StepGuard&) = delete;

  void keep() { kept_ = true; }

 private:
  void remember(Module& module);

  std::vector<std::pair<Tensor, std::vector<float>>> buffers_;
  std::vector<std::function<void()>> restorers_;
  bool kept_ = false;
};

}  // namespace tinytorch::nn
