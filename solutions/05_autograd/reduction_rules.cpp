// Gradient rules of reductions. The contract is tinytorch/autograd/reduction_rules.h.
#include "tinytorch/autograd/reduction_rules.h"

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/reduce.h"

namespace tinytorch::autograd {

// --- 05.7 Sum and maximum ---

// Spread each value of grad over the line it was the sum of.
//   1. kernels::block_around(shape, dim) gives outer, size and inner.
//   2. Result (o, s, i), at (o·size + s)·inner + i, is grad's value at o·inner + i.
//   shape [2, 3], dim 1, grad {10, 20} → {10, 10, 10, 20, 20, 20}.
Tensor sum_backward(const Tensor& grad, const Shape& shape, std::int64_t dim) {
  // BEGIN SOLUTION 05.7
  const kernels::Block block = kernels::block_around(shape, dim);
  Tensor spread(shape);
  float* out = spread.data().data();
  for (std::int64_t o = 0; o < block.outer; ++o) {
    const float* line = grad.data().data() + o * block.inner;
    for (std::int64_t s = 0; s < block.size; ++s) {
      for (std::int64_t i = 0; i < block.inner; ++i) *out++ = line[i];
    }
  }
  return spread;
  // END SOLUTION 05.7
}

// Zeros, and grad's value (o, i) at (o, index[o, i], i).
//   shape [2, 3], dim 1, index {2, 0}, grad {10, 20} → {0, 0, 10, 20, 0, 0}.
Tensor max_backward(const Tensor& grad, std::span<const std::int64_t> index, const Shape& shape,
                    std::int64_t dim) {
  // BEGIN SOLUTION 05.7
  const kernels::Block block = kernels::block_around(shape, dim);
  Tensor spread(shape);
  const std::span<float> out = spread.data();
  for (std::int64_t o = 0; o < block.outer; ++o) {
    for (std::int64_t i = 0; i < block.inner; ++i) {
      const auto from = static_cast<std::size_t>(o * block.inner + i);
      const std::int64_t to = (o * block.size + index[from]) * block.inner + i;
      out[static_cast<std::size_t>(to)] = grad.data()[from];
    }
  }
  return spread;
  // END SOLUTION 05.7
}

}  // namespace tinytorch::autograd
