#pragma once
// Gradient rules of matrix products.
//
// For C = A·B with G the gradient of C: dA = G·Bᵀ and dB = Aᵀ·G. The shapes leave no other choice:
// A is m × k, B is k × n, G is m × n. Undefined for an input that does not require a gradient.
// Written in the autograd module (matmul_rules.cpp).

#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/kernels/gemm/batched_gemm.h"

namespace tinytorch::autograd {

// Of ops::matmul. `sizes` are those of the product (m, n, k after the transpositions that trans_a
// and trans_b ask for). Gradients have the shapes in which a and b are stored; an operand that was
// shared by the whole batch receives the sum over the batch.
std::vector<Tensor> matmul_backward(const Tensor& grad, const Tensor& a, const Tensor& b,
                                    kernels::Trans trans_a, kernels::Trans trans_b,
                                    const kernels::BatchedSizes& sizes);

// Of ops::linear: y = x·Wᵀ + b. The gradients of x [..., in], weight [out, in] and bias [out]
// (undefined when bias is): G·W, Gᵀ·x and the column sums of G.
std::vector<Tensor> linear_backward(const Tensor& grad, const Tensor& x, const Tensor& weight,
                                    const Tensor& bias);

}  // namespace tinytorch::autograd
