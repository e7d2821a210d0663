#include "tinytorch/autograd/matmul_rules.h"

namespace tinytorch::autograd {

Tensor product(const Shape& shape, kernels::Trans trans_a, kernels::Trans trans_b,
               const kernels::BatchedSizes& sizes, const Tensor& a, const Tensor& b) {
  Tensor result(shape);
  kernels::batched_gemm(trans_a, trans_b, sizes, a.data(), b.data(), result.data());
  return result;
}

}  // namespace tinytorch::autograd
