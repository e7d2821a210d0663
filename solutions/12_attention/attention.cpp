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
  // BEGIN SOLUTION 12.1
  if (queries > keys) {
    throw Error(concat("causal_mask: ", queries, " queries for ", keys,
                       " keys; the last query would stand beyond the last key"));
  }
  Tensor mask(Shape{queries, keys});
  const std::span<float> values = mask.data();
  for (std::int64_t i = 0; i < queries; ++i) {
    const std::int64_t seen = i + keys - queries + 1;
    std::fill(values.begin() + i * keys + seen, values.begin() + (i + 1) * keys,
              -std::numeric_limits<float>::infinity());
  }
  return mask;
  // END SOLUTION 12.1
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
  // BEGIN SOLUTION 12.2
  if (query.ndim() < 2 || key.ndim() != query.ndim() || value.ndim() != query.ndim() ||
      query.size(-1) != key.size(-1) || key.size(-2) != value.size(-2)) {
    throw Error(concat("scaled_dot_product_attention: query ", to_string(query.shape()), ", key ",
                       to_string(key.shape()), ", value ", to_string(value.shape()),
                       "; expected [..., n, d], [..., m, d] and [..., m, e]"));
  }
  const float scale = 1.0f / std::sqrt(static_cast<float>(query.size(-1)));
  if (options.is_causal && query.size(-2) == key.size(-2)) {
    const Tensor scores = matmul(query, key, kernels::Trans::kNo, kernels::Trans::kYes);
    return matmul(causal_softmax(scores, scale), value);
  }
  // Scaling the queries instead of the scores gives the same with fewer multiplications.
  Tensor scores = matmul(mul(query, scale), key, kernels::Trans::kNo, kernels::Trans::kYes);
  if (options.is_causal) scores = add(scores, causal_mask(query.size(-2), key.size(-2)));
  return matmul(softmax(scores, -1), value);
  // END SOLUTION 12.2
}

}  // namespace tinytorch::ops
