// Part 12 of module 15: weights from one model to another.
#include "tinytorch/nn/transfer_weights.h"

#include <algorithm>
#include <string>

#include "tinytorch/core/error.h"

namespace tinytorch::nn {

namespace {

// TASK 15.43
[[maybe_unused]] const Tensor* entry(const std::vector<NamedTensor>& state,
                                     const std::string& key) {
  // The tensor with this key; null when there is none.
  // Try it by hand first: state {("0.weight", t)}: "0.weight" → t, "1.weight" → null.
  // BEGIN SOLUTION 15.43
  for (const auto& [name, tensor] : state) {
    if (name == key) return &tensor;
  }
  return nullptr;
  // END SOLUTION 15.43
}

}  // namespace

void transfer_weights(const std::vector<NamedTensor>& from, const std::vector<NamedTensor>& to) {
  // Check everything, in both directions, then copy. A Tensor is a handle: writing to a copy's
  // data() writes to the model's own values.
  // Try it by hand first: from {a, b}, to {a, c}: an Error that names b or c, and a is not copied.
  // BEGIN SOLUTION 15.43
  for (const auto& [key, tensor] : from) {
    if (entry(to, key) == nullptr) {
      throw Error(concat("transfer_weights: ", key, " is not in the model it should go to"));
    }
  }
  for (const auto& [key, tensor] : to) {
    const Tensor* source = entry(from, key);
    if (source == nullptr) {
      throw Error(concat("transfer_weights: ", key, " is missing; its values would stay as made"));
    }
    if (!(source->shape() == tensor.shape())) {
      throw Error(concat("transfer_weights: ", key, " is ", to_string(source->shape()),
                         ", expected ", to_string(tensor.shape())));
    }
  }
  for (const auto& [key, tensor] : to) {
    const std::span<const float> values = entry(from, key)->data();
    Tensor target = tensor;
    std::copy(values.begin(), values.end(), target.data().begin());
  }
  // END SOLUTION 15.43
}

}  // namespace tinytorch::nn
