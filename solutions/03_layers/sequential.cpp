// Layers in a row. The contract is tinytorch/nn/sequential.h.
#include "tinytorch/nn/sequential.h"

#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 03.5 Sequential ---

// append() every layer, in order.
Sequential::Sequential(std::vector<std::shared_ptr<Module>> layers) {
  // BEGIN SOLUTION 03.5
  for (std::shared_ptr<Module>& layer : layers) append(std::move(layer));
  // END SOLUTION 03.5
}

// register_module(name, layer) makes it a child; its name is the number of children so far, as
// text: std::to_string(children().size()).
Sequential& Sequential::append(std::shared_ptr<Module> layer) {
  // BEGIN SOLUTION 03.5
  register_module(std::to_string(children().size()), std::move(layer));
  return *this;
  // END SOLUTION 03.5
}

// Hand the input to the first child, its output to the second, and so on. children() holds pairs of
// name and layer.
Tensor Sequential::forward(const Tensor& input) {
  // BEGIN SOLUTION 03.5
  Tensor value = input;
  for (const auto& [name, layer] : children()) value = layer->forward(value);
  return value;
  // END SOLUTION 03.5
}

std::vector<std::shared_ptr<Module>> Sequential::layers() const {
  // BEGIN SOLUTION 03.5
  std::vector<std::shared_ptr<Module>> result;
  for (const auto& [name, layer] : children()) result.push_back(layer);
  return result;
  // END SOLUTION 03.5
}

}  // namespace tinytorch::nn
