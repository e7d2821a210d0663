#pragma once
// Differentiable activation functions (formulas: kernels/activation.h and kernels/softmax.h; the
// tanh form of GELU and softmax along the last dimension run as kernels/rows.h says).
// Given (activation.cpp); the gradients are written in the autograd module
// (kernels/activation_backward.h).

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

Tensor relu(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);

enum class Gelu { kExact, kTanh };
Tensor gelu(const Tensor& x, Gelu form = Gelu::kExact);

// Made of straight lines (formulas: kernels/activation_piecewise.h), and silu(x) = x · σ(x).
// Throws Error on a slope that is not finite.
Tensor leaky_relu(const Tensor& x, float slope = 0.01f);
Tensor hardsigmoid(const Tensor& x);
Tensor hardswish(const Tensor& x);
Tensor silu(const Tensor& x);

// Along `dim`, which counts from the end when negative. Throws Error out of range.
Tensor softmax(const Tensor& x, std::int64_t dim);
Tensor log_softmax(const Tensor& x, std::int64_t dim);

// What attention makes of its scores [..., n, n]: softmax(scale · scores) along the last dimension,
// where query i sees keys 0 … i only; the others get exactly 0. Equal to
// softmax(scale · scores + causal_mask(n, n)) with half the exponentials and no mask in memory.
// Throws Error unless the last two dimensions are equal and scale is finite and above 0.
Tensor causal_softmax(const Tensor& scores, float scale);

}  // namespace tinytorch::ops
