#include "tinytorch/losses/l1.h"

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"

namespace tinytorch::losses {

Tensor l1_loss(const Tensor& prediction, const Tensor& target) {
  if (prediction.shape() != target.shape()) {
    throw Error(concat("l1_loss: prediction ", to_string(prediction.shape()), " and target ",
                       to_string(target.shape()), " differ in shape"));
  }
  return ops::abs(prediction - target).mean();
}

}  // namespace tinytorch::losses
