#pragma once
// Mean squared error.
// Written in the losses module (mse.cpp).

#include "tinytorch/core/tensor.h"

namespace tinytorch::losses {

// (1/n) · Σ (prediction − target)² over all n elements, a scalar; differentiable in both. Squares
// and sum are made in double.
// Throws Error "mse_loss: prediction [8, 1] and target [8] differ in shape": broadcasting those two
// would compare every prediction with every target, and quietly train towards the mean.
Tensor mse_loss(const Tensor& prediction, const Tensor& target);

}  // namespace tinytorch::losses
