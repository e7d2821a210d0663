#include "tinytorch/nn/flatten.h"

#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

Tensor Flatten::forward(const Tensor& x) { return ops::flatten(x, start_dim_); }

std::string Flatten::describe() const {
  return start_dim_ == 1 ? "Flatten()" : concat("Flatten(start_dim=", start_dim_, ")");
}

}  // namespace tinytorch::nn
