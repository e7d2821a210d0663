#include "tinytorch/nn/mode_guard.h"

namespace tinytorch::nn {

ModeGuard::ModeGuard(Module& module, bool training) : module_(module), before_(module.training()) {
  remember(module);
  module.train(training);
}

ModeGuard::~ModeGuard() {
  module_.train(before_);  // for overrides that do more than set the mode
  module_.training_ = before_;
  for (const auto& [module, was_training] : below_) module->training_ = was_training;
}

void ModeGuard::remember(const Module& module) {
  for (const auto& [name, child] : module.children()) {
    below_.emplace_back(child, child->training());
    remember(*child);
  }
}

}  // namespace tinytorch::nn
