#pragma once
// What a Trainer minimizes: a number from the model's output and the batch it came from.
// Given (loss.cpp).

#include <functional>

#include "tinytorch/data/dataset.h"

namespace tinytorch::train {

using Loss = std::function<Tensor(const Tensor& output, const data::Batch& batch)>;

Loss cross_entropy();                     // batch.labels (losses/cross_entropy.h)
Loss mse();                               // batch.targets (losses/mse.h)
Loss l1();                                // batch.targets (losses/l1.h)
Loss binary_cross_entropy_with_logits();  // batch.targets (losses/binary_cross_entropy.h)

}  // namespace tinytorch::train
