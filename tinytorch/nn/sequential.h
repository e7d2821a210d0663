#pragma once
// Sequential: layers one after the other.
// Written in the layers module (sequential.cpp).

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Children are named "0", "1", … in the order in which they were added.
class Sequential : public Module {
 public:
  Sequential() = default;
  explicit Sequential(std::vector<std::shared_ptr<Module>> layers);

  // Adds a layer at the end; returns this Sequential, so that calls chain. Throws Error on null.
  Sequential& append(std::shared_ptr<Module> layer);

  // The output of each layer is the input of the next; no layers: the input itself.
  Tensor forward(const Tensor& input) override;
  std::string describe() const override;  // "Sequential(Linear(64, 32), ReLU())"

  void replace_child(const std::string& name, std::shared_ptr<Module> child) override {
    set_child(name, std::move(child));  // the children are all there is
  }

  // In order. The same objects as children().
  std::vector<std::shared_ptr<Module>> layers() const;
};

}  // namespace tinytorch::nn
