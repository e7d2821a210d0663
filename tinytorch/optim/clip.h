#pragma once
// Gradient clipping: no step larger than the landscape allows (Pascanu et al., 2013).
// Written in the optimizers module (clip.cpp).

#include <span>

#include "tinytorch/core/tensor.h"

namespace tinytorch::optim {

// The Euclidean norm of all gradients taken as one vector, √Σ g², added up in double. When it is
// above max_norm, every gradient is multiplied by max_norm / norm; the direction stays. Returns the
// norm from before, infinity where a float does not hold it. A gradient that is not finite changes
// nothing. Parameters without a gradient count
// as zeros. Throws Error when max_norm is not above 0.
float clip_grad_norm(std::span<const Tensor> parameters, float max_norm);

}  // namespace tinytorch::optim
