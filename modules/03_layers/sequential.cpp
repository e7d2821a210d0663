// Layers in a row. The contract is tinytorch/nn/sequential.h.
#include "tinytorch/nn/sequential.h"

#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 03.5 Sequential ---

// append() every layer, in order.
Sequential::Sequential(std::vector<std::shared_ptr<Module>> layers) {
  throw tinytorch::not_implemented("03.5");
}

// register_module(name, layer) makes it a child; its name is the number of children so far, as
// text: std::to_string(children().size()).
Sequential& Sequential::append(std::shared_ptr<Module> layer) {
  throw tinytorch::not_implemented("03.5");
}

// Hand the input to the first child, its output to the second, and so on. children() holds pairs of
// name and layer.
Tensor Sequential::forward(const Tensor& input) {
  throw tinytorch::not_implemented("03.5");
}

std::vector<std::shared_ptr<Module>> Sequential::layers() const {
  throw tinytorch::not_implemented("03.5");
}

}  // namespace tinytorch::nn
