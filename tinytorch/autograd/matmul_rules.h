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

// The other one of the two.
inline kernels::Trans flip(kernels::Trans trans) {
  return trans == kernels::Trans::kYes ? kernels::Trans::kNo : kernels::Trans::kYes;
}

// kernels::batched_gemm() into a new tensor of this shape, which holds one matrix or one for each
// of the batch. Given (matmul_rules_product.cpp).
Tensor product(const Shape& shape, kernels::Trans trans_a, kernels::Trans trans_b,
               const kernels::BatchedSizes& sizes, const Tensor& a, const Tensor& b);

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
