// Tensor declares backward(); the room that can do it defines it.

#include "tinytorch/autograd/engine.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch {

void Tensor::backward(const BackwardOptions& options) const {
  autograd::backward(*this, options.retain_graph);
}

}  // namespace tinytorch
