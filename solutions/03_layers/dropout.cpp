// Dropout. The contract is tinytorch/nn/dropout.h.
#include "tinytorch/nn/dropout.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

Dropout::Dropout(float p, std::uint64_t seed) : p_(p), rng_(seed) {
  if (!(p >= 0.0f && p <= 1.0f)) throw Error(concat("dropout: p is ", p, "; expected 0 to 1"));
}

// --- 03.3 Dropout ---

// 1. Not training(), or p_ is 0: return x as it is.
// 2. Make a mask of x's shape: for each value, rng_.uniform() < p_ gives 0, otherwise 1/(1 − p_).
// 3. Return the product; ops::mul records that the gradient passes through the same mask.
//   p = 0.5, x = {1, 2, 3, 4}, draws {0.7, 0.2, 0.9, 0.4} → mask {2, 0, 2, 0} → {2, 0, 6, 0}.
// Dividing while training means that nothing has to change at inference. p = 1 drops everything.
Tensor Dropout::forward(const Tensor& x) {
  // BEGIN SOLUTION 03.3
  if (!training() || p_ == 0.0f) return x;
  const float kept = p_ < 1.0f ? 1.0f / (1.0f - p_) : 0.0f;
  Tensor mask(x.shape());
  for (float& value : mask.data()) value = rng_.uniform() < p_ ? 0.0f : kept;
  return ops::mul(x, mask);
  // END SOLUTION 03.3
}

}  // namespace tinytorch::nn
