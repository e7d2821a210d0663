#pragma once
// gemm.h for a stack of matrices, any operand of which may be one matrix shared by the whole stack.
// Given (batched_gemm.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/kernels/gemm/gemm.h"

namespace tinytorch::kernels {

struct BatchedSizes {
  std::int64_t batch = 1;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
};

// c[i] = op(a[i]) · op(b[i]) for i in [0, batch): m × n from m × k and k × n (gemm.h).
// a and b hold `batch` matrices, or one that is used for every i. When c holds one matrix and batch
// is not 1, all products are added up in it. Sizes are asserted.
void batched_gemm(Trans trans_a, Trans trans_b, const BatchedSizes& sizes, std::span<const float> a,
                  std::span<const float> b, std::span<float> c);

}  // namespace tinytorch::kernels
