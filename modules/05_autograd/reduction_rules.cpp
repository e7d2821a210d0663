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
  throw tinytorch::not_implemented("05.7");
}

// Zeros, and grad's value (o, i) at (o, index[o, i], i).
//   shape [2, 3], dim 1, index {2, 0}, grad {10, 20} → {0, 0, 10, 20, 0, 0}.
Tensor max_backward(const Tensor& grad, std::span<const std::int64_t> index, const Shape& shape,
                    std::int64_t dim) {
  throw tinytorch::not_implemented("05.7");
}

}  // namespace tinytorch::autograd
