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
  throw tinytorch::not_implemented("15.43");
}

}  // namespace

void transfer_weights(const std::vector<NamedTensor>& from, const std::vector<NamedTensor>& to) {
  // Check everything, in both directions, then copy. A Tensor is a handle: writing to a copy's
  // data() writes to the model's own values.
  // Try it by hand first: from {a, b}, to {a, c}: an Error that names b or c, and a is not copied.
  throw tinytorch::not_implemented("15.43");
}

}  // namespace tinytorch::nn
