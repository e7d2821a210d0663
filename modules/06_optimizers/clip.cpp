// Gradient clipping. The contract is tinytorch/optim/clip.h.
#include "tinytorch/optim/clip.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::optim {

// --- 06.5 Clipping ---

// 1. max_norm must be above 0: "clip_grad_norm: max_norm is 0; expected more than 0".
// 2. Add up the squares of all gradients of all parameters in double; grad() may be undefined.
// 3. When the root is finite and above max_norm, multiply every gradient, in double still: the norm
//    of finite gradients may be too large for a float. A Tensor is a handle:
//    `Tensor grad = parameter.grad();` sees, and changes, the same values.
//   gradients {3} and {4}, max_norm 1: norm 5, and the gradients become {0.6} and {0.8}.
float clip_grad_norm(std::span<const Tensor> parameters, float max_norm) {
  throw tinytorch::not_implemented("06.5");
}

}  // namespace tinytorch::optim
