#pragma once
// Mean absolute error. Given.

#include "tinytorch/core/tensor.h"

namespace tinytorch::losses {

// (1/n) · Σ |prediction − target| over all n elements, a scalar; differentiable in both, with
// gradient 0 where they are equal. Throws Error naming both shapes when they differ.
Tensor l1_loss(const Tensor& prediction, const Tensor& target);

}  // namespace tinytorch::losses
