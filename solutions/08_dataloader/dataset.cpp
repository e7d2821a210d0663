// Examples in memory. The contract is tinytorch/data/dataset.h.
#include "tinytorch/data/dataset.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::data {

// --- 08.1 Inputs and answers that belong together ---
// BEGIN SOLUTION 08.1 helper
namespace {

void check_counts(const Tensor& inputs, std::int64_t answers) {
  if (inputs.ndim() == 0) throw Error("dataset: a scalar has no rows to be examples");
  if (inputs.size(0) != answers) {
    throw Error(concat("dataset: ", inputs.size(0), " inputs and ", answers, " answers"));
  }
}

}  // namespace
// END SOLUTION 08.1

// Keep both. Row i of the inputs belongs to answer i, so their numbers must agree:
//   "dataset: 10 inputs and 9 answers"; inputs of rank 0 have no rows: an Error as well.
TensorDataset::TensorDataset(Tensor inputs, std::vector<std::int64_t> labels) {
  // BEGIN SOLUTION 08.1
  check_counts(inputs, static_cast<std::int64_t>(labels.size()));
  inputs_ = std::move(inputs);
  labels_ = std::move(labels);
  // END SOLUTION 08.1
}

TensorDataset::TensorDataset(Tensor inputs, Tensor targets) {
  // BEGIN SOLUTION 08.1
  check_counts(inputs, targets.ndim() == 0 ? 0 : targets.size(0));
  inputs_ = std::move(inputs);
  targets_ = std::move(targets);
  // END SOLUTION 08.1
}

// --- 08.2 Rows by number ---
// BEGIN SOLUTION 08.2 helper
namespace {

Tensor take_rows(const Tensor& x, std::span<const std::int64_t> indices) {
  std::vector<std::int64_t> sizes = x.shape().sizes();
  sizes[0] = static_cast<std::int64_t>(indices.size());
  Tensor result{Shape(std::move(sizes))};
  auto to = result.data().begin();
  for (const std::int64_t index : indices) {
    const Tensor row = x.rows(index, index + 1);
    to = std::copy(row.data().begin(), row.data().end(), to);
  }
  return result;
}

}  // namespace
// END SOLUTION 08.2

// 1. Every index must be in [0, size()): "dataset: example 12 of 10".
// 2. Inputs: a new tensor with indices.size() rows; copy row after row (Tensor::rows finds them).
// 3. The same for targets, if there are any, and for labels.
//   inputs {{1, 2}, {3, 4}, {5, 6}}, labels {7, 8, 9}, indices {2, 0}:
//   inputs {{5, 6}, {1, 2}}, labels {9, 7}.
Batch TensorDataset::get(std::span<const std::int64_t> indices) const {
  // BEGIN SOLUTION 08.2
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= size())
      throw Error(concat("dataset: example ", index, " of ", size()));
  }
  Batch batch;
  batch.inputs = take_rows(inputs_, indices);
  if (targets_.defined()) batch.targets = take_rows(targets_, indices);
  if (!labels_.empty()) {
    for (const std::int64_t index : indices) {
      batch.labels.push_back(labels_[static_cast<std::size_t>(index)]);
    }
  }
  return batch;
  // END SOLUTION 08.2
}

// get() already has everything a smaller dataset needs.
TensorDataset TensorDataset::subset(std::span<const std::int64_t> indices) const {
  // BEGIN SOLUTION 08.2
  Batch batch = get(indices);
  if (batch.targets.defined()) return {std::move(batch.inputs), std::move(batch.targets)};
  return {std::move(batch.inputs), std::move(batch.labels)};
  // END SOLUTION 08.2
}

}  // namespace tinytorch::data
