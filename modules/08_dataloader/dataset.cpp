// Examples in memory. The contract is tinytorch/data/dataset.h.
#include "tinytorch/data/dataset.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::data {

// --- 08.1 Inputs and answers that belong together ---

// Keep both. Row i of the inputs belongs to answer i, so their numbers must agree:
//   "dataset: 10 inputs and 9 answers"; inputs of rank 0 have no rows: an Error as well.
TensorDataset::TensorDataset(Tensor inputs, std::vector<std::int64_t> labels) {
  throw tinytorch::not_implemented("08.1");
}

TensorDataset::TensorDataset(Tensor inputs, Tensor targets) {
  throw tinytorch::not_implemented("08.1");
}

// --- 08.2 Rows by number ---

// 1. Every index must be in [0, size()): "dataset: example 12 of 10".
// 2. Inputs: a new tensor with indices.size() rows; copy row after row (Tensor::rows finds them).
// 3. The same for targets, if there are any, and for labels.
//   inputs {{1, 2}, {3, 4}, {5, 6}}, labels {7, 8, 9}, indices {2, 0}:
//   inputs {{5, 6}, {1, 2}}, labels {9, 7}.
Batch TensorDataset::get(std::span<const std::int64_t> indices) const {
  throw tinytorch::not_implemented("08.2");
}

// get() already has everything a smaller dataset needs.
TensorDataset TensorDataset::subset(std::span<const std::int64_t> indices) const {
  throw tinytorch::not_implemented("08.2");
}

}  // namespace tinytorch::data
