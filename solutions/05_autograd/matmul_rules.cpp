// Gradient rules of matrix products. The contract is tinytorch/autograd/matmul_rules.h.
#include "tinytorch/autograd/matmul_rules.h"

#include "tinytorch/kernels/reduce.h"

namespace tinytorch::autograd {

using kernels::Trans;

// --- 05.6 Matrix products ---

// Write dA = G·op(B)ᵀ and dB = op(A)ᵀ·G with product(), which reads an operand transposed in place,
// so that nothing has to be copied; flip() turns Trans round.
//   1. a stored as it is used (trans_a no): da[m, k] = g[m, n] · op(b)ᵀ[n, k]. b is stored [k, n],
//   or
//      [n, k] with trans_b: pass the opposite of trans_b to read op(b)ᵀ.
//   2. a stored transposed: its gradient is the transpose, op(b) · gᵀ, of sizes k × m.
//   3. The same for b, with Aᵀ·G, or Gᵀ·A when b is stored transposed.
//   4. Make each gradient with its operand's shape: a shared operand then holds one matrix, and
//      batched_gemm adds up the batch in it.
//   A = {1, 2} [1, 2], B = {3, 4} [2, 1], G = {10}: dA = {30, 40}, dB = {10, 20}.
std::vector<Tensor> matmul_backward(const Tensor& grad, const Tensor& a, const Tensor& b,
                                    kernels::Trans trans_a, kernels::Trans trans_b,
                                    const kernels::BatchedSizes& sizes) {
  // BEGIN SOLUTION 05.6
  const auto [batch, m, n, k] = sizes;
  std::vector<Tensor> gradients(2);
  if (a.requires_grad()) {
    gradients[0] = trans_a == Trans::kNo
                       ? product(a.shape(), Trans::kNo, flip(trans_b), {batch, m, k, n}, grad, b)
                       : product(a.shape(), trans_b, Trans::kYes, {batch, k, m, n}, b, grad);
  }
  if (b.requires_grad()) {
    gradients[1] = trans_b == Trans::kNo
                       ? product(b.shape(), flip(trans_a), Trans::kNo, {batch, k, n, m}, a, grad)
                       : product(b.shape(), Trans::kYes, trans_a, {batch, n, k, m}, grad, a);
  }
  return gradients;
  // END SOLUTION 05.6
}

// All leading dimensions of x are one long dimension of rows.
//   1. rows = x.numel() / in.
//   2. grad of x: G [rows, out] · W [out, in]. Skip it when x needs none: in a network's first
//   layer
//      that saves a third of the work.
//   3. grad of W: Gᵀ [out, rows] · x [rows, in].
//   4. grad of bias: the sum of G over its rows, a kernels::sum_dim with outer 1.
std::vector<Tensor> linear_backward(const Tensor& grad, const Tensor& x, const Tensor& weight,
                                    const Tensor& bias) {
  // BEGIN SOLUTION 05.6
  const std::int64_t out = weight.size(0);
  const std::int64_t in = weight.size(1);
  const std::int64_t rows = out == 0 ? 0 : grad.numel() / out;
  std::vector<Tensor> gradients(3);
  if (x.requires_grad()) {
    gradients[0] = Tensor(x.shape());
    kernels::gemm(Trans::kNo, Trans::kNo, rows, in, out, grad.data(), weight.data(),
                  gradients[0].data());
  }
  if (weight.requires_grad()) {
    gradients[1] = Tensor(weight.shape());
    kernels::gemm(Trans::kYes, Trans::kNo, out, in, rows, grad.data(), x.data(),
                  gradients[1].data());
  }
  if (bias.defined() && bias.requires_grad()) {
    gradients[2] = Tensor(bias.shape());
    kernels::sum_dim(grad.data(), {.outer = 1, .size = rows, .inner = out}, gradients[2].data());
  }
  return gradients;
  // END SOLUTION 05.6
}

}  // namespace tinytorch::autograd
