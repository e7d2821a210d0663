// How the layers written in modules print themselves, in PyTorch's manner.

#include "tinytorch/core/error.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::nn {

std::string Linear::describe() const {
  return concat("Linear(", in_features(), ", ", out_features(),
                bias_.defined() ? ")" : ", bias=False)");
}

std::string Dropout::describe() const { return concat("Dropout(p=", p_, ")"); }

std::string Sequential::describe() const {
  std::string text = "Sequential(";
  for (const auto& [name, layer] : children()) {
    if (text.back() != '(') text += ", ";
    text += layer->describe();
  }
  return text + ")";
}

}  // namespace tinytorch::nn
