#pragma once
// Guards of the memoization room: what its contracts demand, one line each (see core/require.h).
// Each throws Error when the condition does not hold. Given (require.cpp).

#include <cstdint>
#include <span>
#include <string_view>

#include "tinytorch/core/tensor.h"
#include "tinytorch/memoization/cache_size.h"
#include "tinytorch/memoization/layer_cache.h"

namespace tinytorch::nn {
class MultiheadAttention;
}

namespace tinytorch::memoization {

class GenerationCache;

// Layers, heads and numbers of a head at least 1, and so few that one token's bytes can be counted.
void require_sizes(std::string_view operation, const ModelSizes& model);

// "kv_cache: full, 64 tokens of 64; clear() it, make a larger one, or let a window forget the
// oldest"
void require_room(std::string_view operation, const LayerCache& cache);

// A key and a value of heads · head_dim numbers each: "cache: a key of 6 and a value of 8 numbers;
// 2 heads of 4 take 8".
void require_token_size(std::string_view operation, const CacheShape& shape, std::size_t key,
                        std::size_t value);

// A cache that holds a token at least, a query and a result of heads · head_dim numbers.
void require_attention(std::string_view operation, const LayerCache& cache, std::size_t query,
                       std::size_t out);

// Names the head whose weights are NaN: its query is not finite, or a score left float's range.
void require_weights(std::string_view operation, std::int64_t head, std::span<const float> weights);

// x is [n, E] for this layer, the cache has its heads, and the layer is causal.
void require_cacheable(std::string_view operation, const nn::MultiheadAttention& layer,
                       const Tensor& x, const CacheShape& cache);

// Some tokens, a cache for that many layers, and room: "cached_logits: 5 tokens for a cache with
// room for 3; clear() it or make a larger one".
void require_fit(std::string_view operation, std::size_t tokens, std::size_t layers,
                 const GenerationCache& cache);

// A prompt of one token or more, 0 new tokens or more, and together no more than 64 bits count.
void require_prompt(std::string_view operation, std::size_t prompt, std::int64_t new_tokens);

// 0 <= sinks < capacity: at least one slot must be free to roll.
void require_sinks(std::string_view operation, std::int64_t capacity, std::int64_t sinks);

}  // namespace tinytorch::memoization
