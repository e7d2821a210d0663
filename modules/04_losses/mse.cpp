// Mean squared error. The contract is tinytorch/losses/mse.h.
#include "tinytorch/losses/mse.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/core/error.h"

namespace tinytorch::losses {

// --- 04.1 Mean squared error ---

// 1. Equal shapes, or the Error of the header.
// 2. The difference and its ops::mean_square, both differentiable, so the gradient comes by itself.
//    (ops::mean of the squares is the same, until the square of 1e20 leaves the range of float.)
//   {1, 2} and {3, 2} → (4 + 0) / 2 = 2.
Tensor mse_loss(const Tensor& prediction, const Tensor& target) {
  throw tinytorch::not_implemented("04.1");
}

}  // namespace tinytorch::losses
