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
  // BEGIN SOLUTION 06.5
  if (!(max_norm > 0.0f)) {
    throw Error(concat("clip_grad_norm: max_norm is ", max_norm, "; expected more than 0"));
  }
  double squares = 0.0;
  for (const Tensor& parameter : parameters) {
    if (!parameter.grad().defined()) continue;
    for (const float g : parameter.grad().data()) {
      squares += static_cast<double>(g) * static_cast<double>(g);
    }
  }
  const double norm = std::sqrt(squares);
  const double factor = static_cast<double>(max_norm) / norm;
  if (!std::isfinite(norm) || !(factor < 1.0)) return static_cast<float>(norm);
  for (const Tensor& parameter : parameters) {
    Tensor grad = parameter.grad();
    if (!grad.defined()) continue;
    for (float& g : grad.data()) g = static_cast<float>(static_cast<double>(g) * factor);
  }
  return static_cast<float>(norm);
  // END SOLUTION 06.5
}

}  // namespace tinytorch::optim
