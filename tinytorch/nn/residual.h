#pragma once
// Residual: a block that learns what to add to its input (He et al., "Deep residual learning for
// image recognition", 2016).
// Given (residual.cpp).

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// y = body(x) + shortcut(x). Children "body" and, when there is one, "shortcut".
class Residual : public Module {
 public:
  // Without a shortcut it is the identity, so that the block starts from "change nothing".
  // Throws Error when body is null.
  explicit Residual(std::shared_ptr<Module> body, std::shared_ptr<Module> shortcut = nullptr);

  // Both branches must give the same shape: nothing is broadcast. Throws Error "residual: body
  // gives [8, 16, 4, 4], shortcut [8, 8, 8, 8]; …".
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "Residual(Sequential(…), Identity())"

  void replace_child(const std::string& name, std::shared_ptr<Module> child) override;

  const std::shared_ptr<Module>& body() const { return body_; }
  // Null for the identity.
  const std::shared_ptr<Module>& shortcut() const { return shortcut_; }

 private:
  std::shared_ptr<Module> body_;
  std::shared_ptr<Module> shortcut_;
};

}  // namespace tinytorch::nn
