#pragma once
// The linear layers of a tree of modules, and others in their places: how a whole model is
// converted. Given.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Which layers to convert, by path ("blocks.0.linear1"); empty: all.
using LinearFilter = std::function<bool(const std::string& path)>;

struct LinearPlace {
  Module* parent = nullptr;
  std::string name;  // of the child
  std::string path;  // dotted, as in the keys of the state
  std::shared_ptr<Linear> linear;
};

// Every Linear below `model`, depth first. Throws Error naming the path when the module above
// one cannot replace its children (Module::replace_child), and when there is none: a Linear by
// itself has no place, it needs a Sequential around it.
std::vector<LinearPlace> find_linears(Module& model, const LinearFilter& chosen = {});

// Puts make(linear) in the place of each Linear that is chosen; a layer that stands in several
// places is made once. Everything else stays as it is. Returns the paths. An Error of `make` gets
// the path in front, and the model is then as before.
std::vector<std::string> replace_linears(
    Module& model, const LinearFilter& chosen,
    const std::function<std::shared_ptr<LinearMap>(const Linear&)>& make);

}  // namespace tinytorch::nn
