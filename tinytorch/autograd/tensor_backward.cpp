// Tensor declares backward(); the room that can do it defines it.

#include "tinytorch/core/tensor.h"

#include "tinytorch/autograd/engine.h"

namespace tinytorch {

void Tensor::backward(bool retain_graph) const { autograd::backward(*this, retain_graph); }

}  // namespace tinytorch
