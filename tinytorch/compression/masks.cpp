#include "tinytorch/compression/masks.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"

namespace tinytorch::compression {
namespace {

void collect(const nn::Module& module, const std::string& prefix,
             std::vector<nn::NamedTensor>& found) {
  if (const auto* linear = dynamic_cast<const nn::Linear*>(&module)) {
    found.emplace_back(prefix + "weight", linear->weight());
  }
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&module)) {
    found.emplace_back(prefix + "weight", conv->weight());
  }
  for (const auto& [name, child] : module.children()) collect(*child, prefix + name + ".", found);
}

}  // namespace

std::vector<nn::NamedTensor> prunable_weights(const nn::Module& model) {
  std::vector<nn::NamedTensor> found;
  collect(model, "", found);
  return found;
}

double sparsity(std::span<const float> weights) {
  if (weights.empty()) throw Error("sparsity: no weights");
  const auto zeros = std::count(weights.begin(), weights.end(), 0.0f);
  return static_cast<double>(zeros) / static_cast<double>(weights.size());
}

std::vector<float> all_values(const std::vector<nn::NamedTensor>& weights) {
  std::vector<float> together;
  for (const nn::NamedTensor& entry : weights) {
    const std::span<const float> values = entry.second.data();
    together.insert(together.end(), values.begin(), values.end());
  }
  return together;
}

double sparsity(const std::vector<nn::NamedTensor>& weights) {
  return sparsity(all_values(weights));
}

}  // namespace tinytorch::compression
