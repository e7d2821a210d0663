#pragma once
// Differentiable activation functions (formulas: kernels/activation.h and kernels/softmax.h).
// Given (activation.cpp); the gradients are written in module 05 (kernels/activation_backward.h).

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

Tensor relu(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);

enum class Gelu { kExact, kTanh };
Tensor gelu(const Tensor& x, Gelu form = Gelu::kExact);

// Along `dim`, which counts from the end when negative. Throws Error out of range.
Tensor softmax(const Tensor& x, std::int64_t dim);
Tensor log_softmax(const Tensor& x, std::int64_t dim);

}  // namespace tinytorch::ops
