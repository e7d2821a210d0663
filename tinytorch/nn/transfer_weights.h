#pragma once
// Weights from one model object to another, by key, all or none.
// You write this part: transfer_weights.cpp (quantization module).

#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Task: Copies every value of `from` into the tensor of `to` with the same key; a NamedTensor
// is the pair of a key and a Tensor. The two must hold the same keys with the same shapes: before
// anything is copied, a key of `to` that `from` lacks, a key of `from` that `to` lacks, or a shape
// that differs throws Error naming the key (and both shapes), and `to` stays as it was.
// Both hold parameters and buffers, as Module::state_dict() gives them: a batch norm whose running
// statistics stay behind normalizes by 0 and 1 from then on, and nothing looks wrong but the
// accuracy.
void transfer_weights(const std::vector<NamedTensor>& from, const std::vector<NamedTensor>& to);

}  // namespace tinytorch::nn
