#pragma once
// Which weights stay: a mask is one byte a weight, 1 where it stays, 0 where it is pruned.
// Given (masks.cpp); every part of the compression module speaks of these.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tinytorch/nn/module.h"

namespace tinytorch::compression {

using Mask = std::vector<std::uint8_t>;

// A weight and its mask. The Tensor is a handle: writing to it writes to the layer.
struct MaskedWeight {
  std::string name;  // "0.weight"
  Tensor weight;
  Mask keep;  // as many as weight.numel(), row-major
};

// The weights worth pruning: those of every Linear and Conv2d below `model`, in order, under the
// names of state_dict(). Biases and normalizations are few, and the network needs them.
std::vector<nn::NamedTensor> prunable_weights(const nn::Module& model);

// All values of all tensors, one after the other.
std::vector<float> all_values(const std::vector<nn::NamedTensor>& weights);

// Share of exact zeros, from 0 to 1. Throws Error when there are no weights.
double sparsity(std::span<const float> weights);
// The same over several tensors together.
double sparsity(const std::vector<nn::NamedTensor>& weights);

}  // namespace tinytorch::compression
