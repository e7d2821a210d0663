#pragma once
// Scaled dot-product attention: every query asks all keys, and gets a mixture of their values.
// Source: Vaswani et al., "Attention is all you need", 2017, §3.2.1.
// Written in the attention module (attention.cpp).

#include <cstdint>

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

// What may look at what, to be added to scores: [queries, keys], 0 where query i may see key j and
// −∞ elsewhere. The queries are the last ones of the sequence, so query i stands at position
// i + keys − queries and sees keys 0 to that one. causal_mask(2, 3) = {0, 0, −∞, 0, 0, 0}.
// (PyTorch's is_causal aligns the first query with the first key where the numbers differ.)
// Throws Error "causal_mask: 5 queries for 3 keys; the last query would stand beyond the last key".
Tensor causal_mask(std::int64_t queries, std::int64_t keys);

struct AttentionOptions {
  bool is_causal = false;  // a query sees no key behind its own position
};

// query [..., n, d], key [..., m, d], value [..., m, e] with equal leading dimensions → [..., n,
// e]:
//   softmax(query · keyᵀ / √d + mask) · value
// softmax over the keys; mask = causal_mask(n, m) when options.is_causal, else none. Differentiable
// in all three. Throws Error "scaled_dot_product_attention: …" on shapes that do not fit.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options = {});

}  // namespace tinytorch::ops
