#include "tinytorch/train/loss.h"

#include "tinytorch/losses/binary_cross_entropy.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/losses/l1.h"
#include "tinytorch/losses/mse.h"

namespace tinytorch::train {

Loss cross_entropy() {
  return [](const Tensor& output, const data::Batch& batch) {
    return losses::cross_entropy(output, batch.labels);
  };
}

Loss mse() {
  return [](const Tensor& output, const data::Batch& batch) {
    return losses::mse_loss(output, batch.targets);
  };
}

Loss l1() {
  return [](const Tensor& output, const data::Batch& batch) {
    return losses::l1_loss(output, batch.targets);
  };
}

Loss binary_cross_entropy_with_logits() {
  return [](const Tensor& output, const data::Batch& batch) {
    return losses::binary_cross_entropy_with_logits(output, batch.targets);
  };
}

}  // namespace tinytorch::train
