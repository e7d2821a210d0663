#pragma once
// ModeGuard: training or eval mode for a while, and every module's own mode back after that. Given
// (mode_guard.cpp).

#include <memory>
#include <utility>
#include <vector>

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Puts `module` and everything in it into a mode for as long as the guard lives. After that each
// has the mode it had before, also when something throws: a batch norm or a dropout that was frozen
// by hand, in eval mode under a parent in training, stays so. `module` must outlive the guard.
//     const nn::ModeGuard eval(model, false);
class ModeGuard {
 public:
  ModeGuard(Module& module, bool training);
  ~ModeGuard();
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  void remember(const Module& module);

  Module& module_;
  bool before_;
  std::vector<std::pair<std::shared_ptr<Module>, bool>> below_;  // depth first
};

}  // namespace tinytorch::nn
