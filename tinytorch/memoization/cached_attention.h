#pragma once
// Attention of new tokens over everything that came before, without computing that again.
// You write this part: cached_attention.cpp (memoization module).
//
// In causal attention token i looks at tokens 0 to i. If tokens are appended one by one, and each
// attends right after its own key is in, then everything in the cache is past and nothing of the
// future is there yet: the mask has nothing left to do.

#include <span>

#include "tinytorch/core/tensor.h"
#include "tinytorch/memoization/layer_cache.h"
#include "tinytorch/transformer/multihead_attention.h"

namespace tinytorch::memoization {

// Task: One token's attention. query and out [heads · head_dim], head after head; for each
// head
//     weights = softmax(scores(query of the head) / √head_dim),    out of the head = mix(weights)
// Softmax over all length() slots, safe for large scores (kernels/softmax.h).
// A given line refuses an empty cache and sizes other than heads · head_dim; require_weights()
// names the head whose weights are NaN.
void attend(const LayerCache& cache, std::span<const float> query, std::span<float> out);

// Task: layer.forward() for n more tokens x [n, E] of the sequence that `cache` has seen so
// far → [n, E], equal to what layer.forward() gives for them on the whole sequence.
//   1. projected = in_proj(x) [n, 3E], each row query, key, value of E numbers.
//   2. For each row in order: append key and value to the cache, then attend with the query.
//   3. out_proj of all n results at once.
// Records no gradients. A given line refuses an x that is not [n, E], a cache of other heads, and a
// layer that is not causal: there every earlier result depends on the new token.
Tensor cached_attention(const nn::MultiheadAttention& layer, const Tensor& x, LayerCache& cache);

}  // namespace tinytorch::memoization
