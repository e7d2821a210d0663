#pragma once
// Differentiable matrix products.
// Given (matmul.cpp); the rules are written in the autograd module (matmul_rules.h).

#include "tinytorch/core/tensor.h"
#include "tinytorch/kernels/gemm/gemm.h"

namespace tinytorch::ops {

// a [..., m, k] × b [..., k, n] → [..., m, n]. The leading dimensions must be equal, or one operand
// is a single matrix that is used for all of them. With Trans::kYes an operand's last two
// dimensions are swapped, without a copy: matmul(q, k, Trans::kNo, Trans::kYes) is q·kᵀ. Throws
// Error "matmul: [2, 3] × [4, 5]: inner sizes 3 and 4 differ".
Tensor matmul(const Tensor& a, const Tensor& b, kernels::Trans trans_a = kernels::Trans::kNo,
              kernels::Trans trans_b = kernels::Trans::kNo);

// x [..., in] · weightᵀ + bias → [..., out], weight [out, in], bias [out] or undefined.
// Throws Error "linear: [8, 3] × [5, 4]ᵀ: inner sizes 3 and 4 differ".
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace tinytorch::ops
