#pragma once
// Datasets: examples by number, and what a batch of them looks like.
// TensorDataset is written in the dataloader module (dataset.cpp).

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::data {

// One example, or a batch of them with a leading batch dimension. Depending on the task the answers
// are class labels, a tensor of target values, or both absent.
struct Batch {
  Tensor inputs;                     // [N, …]; one example: […]
  Tensor targets;                    // [N, …] or undefined
  std::vector<std::int64_t> labels;  // N labels (or N times as many as each example has), or none
  std::int64_t size() const { return inputs.defined() && inputs.ndim() > 0 ? inputs.size(0) : 0; }
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::int64_t size() const = 0;
  // The examples with these numbers, in this order, as one batch.
  // Throws Error "dataset: example 12 of 10" on a number out of range.
  virtual Batch get(std::span<const std::int64_t> indices) const = 0;
};

// Examples that are rows of tensors in memory.
class TensorDataset : public Dataset {
 public:
  // inputs [N, …] with N labels, or with targets [N, …]. Throws Error when the counts differ.
  TensorDataset(Tensor inputs, std::vector<std::int64_t> labels);
  TensorDataset(Tensor inputs, Tensor targets);

  std::int64_t size() const override { return inputs_.size(0); }
  Batch get(std::span<const std::int64_t> indices) const override;

  const Tensor& inputs() const { return inputs_; }
  const Tensor& targets() const { return targets_; }
  const std::vector<std::int64_t>& labels() const { return labels_; }
  // The same rows as a dataset of their own.
  TensorDataset subset(std::span<const std::int64_t> indices) const;

 private:
  Tensor inputs_;
  Tensor targets_;
  std::vector<std::int64_t> labels_;
};

}  // namespace tinytorch::data
