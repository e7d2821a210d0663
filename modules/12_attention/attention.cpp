// Scaled dot-product attention. The contract is tinytorch/transformer/attention.h.
#include "tinytorch/transformer/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tinytorch/autograd/activation.h"
#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/matmul.h"
#include "tinytorch/core/error.h"

namespace tinytorch::ops {

// --- 12.1 Who may look at whom ---

// Row i is 0 up to and including key i + keys − queries, −∞ from there on.
//   causal_mask(3, 3) = 0 −∞ −∞ | 0 0 −∞ | 0 0 0;   causal_mask(1, 3) = 0 0 0.
Tensor causal_mask(std::int64_t queries, std::int64_t keys) {
  throw tinytorch::not_implemented("12.1");
}

// --- 12.2 Attention ---

// 1. scores = query · keyᵀ: ops::matmul reads key transposed in place (kernels::Trans::kYes).
// 2. Divide by √d. Without it the scores of long vectors are large, softmax picks a single key and
//    passes no gradient to the others.
// 3. Add the mask, softmax over the last dimension, and multiply by the values. Where there are as
//    many queries as keys, ops::causal_softmax does scale, mask and softmax at once.
//   query {1, 0} [1, 2], key {1, 0, 0, 1} [2, 2], value {10, 20} [2, 1]: scores {0.7071, 0},
//   weights {0.6698, 0.3302}, result 13.302.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options) {
  throw tinytorch::not_implemented("12.2");
}

}  // namespace tinytorch::ops
