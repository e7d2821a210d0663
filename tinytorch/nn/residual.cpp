#include "tinytorch/nn/residual.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

Residual::Residual(std::shared_ptr<Module> body, std::shared_ptr<Module> shortcut)
    : body_(std::move(body)), shortcut_(std::move(shortcut)) {
  register_module("body", body_);
  if (shortcut_ != nullptr) register_module("shortcut", shortcut_);
}

Tensor Residual::forward(const Tensor& x) {
  const Tensor changed = body_->forward(x);
  const Tensor kept = shortcut_ == nullptr ? x : shortcut_->forward(x);
  if (!(changed.shape() == kept.shape())) {
    throw Error(concat("residual: body gives ", to_string(changed.shape()), ", shortcut ",
                       to_string(kept.shape()),
                       "; a 1x1 Conv2d as shortcut changes channels, its stride the size"));
  }
  return ops::add(changed, kept);
}

void Residual::replace_child(const std::string& name, std::shared_ptr<Module> child) {
  set_child(name, child);
  (name == "body" ? body_ : shortcut_) = std::move(child);
}

std::string Residual::describe() const {
  return concat("Residual(", body_->describe(), ", ",
                shortcut_ == nullptr ? "Identity()" : shortcut_->describe(), ")");
}

}  // namespace tinytorch::nn
