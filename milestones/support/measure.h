#pragma once
// What the milestones measure of a deployed classifier.

#include <cstdint>
#include <functional>

#include "tinytorch/data/dataset.h"

namespace tinytorch::milestones {

// Share of rows of `logits` [N, classes] whose largest value stands at the label.
double accuracy(const Tensor& logits, const data::TensorDataset& test);

// What was trained is what is deployed, or a program has no business printing a table: throws Error
// unless the outputs of the two are equal, bit for bit.
void require_equal_outputs(const Tensor& trained, const Tensor& deployed);

// Microseconds per sample: `run` handles `batch` of them. The median of 15 timings of about 2 ms
// each, after one call to warm up.
double time_per_sample(const std::function<void()>& run, std::int64_t batch);

struct BatchTimes {
  double batch_1 = 0.0;  // microseconds per sample
  double batch_64 = 0.0;
};

// Of the first rows of `x`.
BatchTimes time_batches(const Tensor& x, const std::function<void(const Tensor&)>& forward);

}  // namespace tinytorch::milestones
