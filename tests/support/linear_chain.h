#pragma once
// Deployed linear layers in a row as a network.

#include <string>
#include <utility>
#include <vector>

#include "tinytorch/quantization/deployed/quantized_network.h"

namespace tinytorch::testing_support {

inline quantization::QuantizedNetwork chain_of(std::vector<quantization::QuantizedLinear> layers,
                                               int activation_bits = 8) {
  const Shape sample{layers.front().in_features()};
  const quantization::QParams input = layers.front().input();
  const quantization::Dialect dialect = layers.front().dialect();
  std::vector<quantization::QuantizedNode> nodes;
  for (quantization::QuantizedLinear& layer : layers) {
    nodes.push_back({std::to_string(nodes.size()), {nodes.size()}, std::move(layer)});
  }
  return {sample, input, activation_bits, dialect, std::move(nodes)};
}

}  // namespace tinytorch::testing_support
