// Mean squared error. The contract is tinytorch/losses/mse.h.
#include "tinytorch/losses/mse.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/core/error.h"

namespace tinytorch::losses {

// --- 04.1 Mean squared error ---

// 1. Equal shapes, or the Error of the header.
// 2. The difference, squared, and its ops::mean: all of them differentiable, so the gradient comes
//    by itself.
//   {1, 2} and {3, 2} → (4 + 0) / 2 = 2.
Tensor mse_loss(const Tensor& prediction, const Tensor& target) {
  // BEGIN SOLUTION 04.1
  if (!(prediction.shape() == target.shape())) {
    throw Error(concat("mse_loss: prediction ", to_string(prediction.shape()), " and target ",
                       to_string(target.shape()), " differ in shape"));
  }
  const Tensor difference = prediction - target;
  return ops::mean(difference * difference);
  // END SOLUTION 04.1
}

}  // namespace tinytorch::losses
