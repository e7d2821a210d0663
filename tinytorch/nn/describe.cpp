// How the layers written in modules print themselves, in PyTorch's manner.

#include "tinytorch/core/error.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::nn {

namespace {

// "Kind(first, second)".
std::string with_children(const char* kind, const Module& module) {
  std::string text = concat(kind, "(");
  for (const auto& [name, child] : module.children()) {
    if (text.back() != '(') text += ", ";
    text += child->describe();
  }
  return text + ")";
}

}  // namespace

std::string Module::describe() const { return with_children("Module", *this); }

std::string Linear::describe() const {
  return concat("Linear(", in_features(), ", ", out_features(),
                bias_.defined() ? ")" : ", bias=False)");
}

std::string Dropout::describe() const { return concat("Dropout(p=", p_, ")"); }

std::string Sequential::describe() const { return with_children("Sequential", *this); }

}  // namespace tinytorch::nn
