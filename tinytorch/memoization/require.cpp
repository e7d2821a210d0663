#include "tinytorch/memoization/require.h"

#include <cmath>
#include <limits>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/memoization/generation_cache.h"
#include "tinytorch/transformer/multihead_attention.h"

namespace tinytorch::memoization {

void require_sizes(std::string_view operation, const ModelSizes& model) {
  require_at_least(operation, "layers", model.layers, 1);
  require_at_least(operation, "heads", model.heads, 1);
  require_at_least(operation, "head_dim", model.head_dim, 1);
  // 16 times the numbers is more than either format takes.
  if (checked_product({16, model.layers, model.heads, model.head_dim})) return;
  throw Error(concat(operation, ": a token in ", model.layers, " layers of ", model.heads,
                     " heads of ", model.head_dim, " is more bytes than 64 bits can count"));
}

void require_room(std::string_view operation, const LayerCache& cache) {
  if (cache.room() > 0) return;
  throw Error(concat(operation, ": full, ", cache.length(), " tokens of ", cache.shape().capacity,
                     "; clear() it, make a larger one, or let a window forget the oldest"));
}

void require_token_size(std::string_view operation, const CacheShape& shape, std::size_t key,
                        std::size_t value) {
  const auto width = static_cast<std::size_t>(shape.heads * shape.head_dim);
  if (key == width && value == width) return;
  throw Error(concat(operation, ": a key of ", key, " and a value of ", value, " numbers; ",
                     shape.heads, " heads of ", shape.head_dim, " take ", width));
}

void require_attention(std::string_view operation, const LayerCache& cache, std::size_t query,
                       std::size_t out) {
  const auto [heads, head_dim, capacity] = cache.shape();
  const auto width = static_cast<std::size_t>(heads * head_dim);
  if (query != width || out != width) {
    throw Error(concat(operation, ": a query of ", query, " and a result of ", out, " numbers; ",
                       heads, " heads of ", head_dim, " take ", width));
  }
  if (cache.length() > 0) return;
  throw Error(
      concat(operation, ": the cache is empty; append the token's own key and value first"));
}

void require_weights(std::string_view operation, std::int64_t head,
                     std::span<const float> weights) {
  if (!std::isnan(weights.front())) return;  // one NaN makes all of them NaN
  throw Error(concat(operation, ": head ", head,
                     " has no weights: the query is not finite, or its scores are too large for "
                     "float; look where training blew up"));
}

void require_cacheable(std::string_view operation, const nn::MultiheadAttention& layer,
                       const Tensor& x, const CacheShape& cache) {
  if (x.ndim() != 2 || x.size(1) != layer.embed_dim()) {
    throw Error(concat(operation, ": input ", to_string(x.shape()), "; expected [n, ",
                       layer.embed_dim(), "]"));
  }
  if (cache.heads != layer.num_heads() || cache.head_dim != layer.head_dim()) {
    throw Error(concat(operation, ": a cache of ", cache.heads, " heads of ", cache.head_dim,
                       " for a layer of ", layer.num_heads(), " heads of ", layer.head_dim()));
  }
  if (layer.is_causal()) return;
  throw Error(concat(operation,
                     ": this layer is not causal, its earlier tokens look at the new one too; "
                     "their results cannot be kept"));
}

void require_fit(std::string_view operation, std::size_t tokens, std::size_t layers,
                 const GenerationCache& cache) {
  if (tokens == 0) throw Error(concat(operation, ": no tokens; there is nothing to predict from"));
  if (cache.size() != static_cast<std::int64_t>(layers)) {
    throw Error(
        concat(operation, ": caches for ", cache.size(), " layers, the model has ", layers));
  }
  if (static_cast<std::int64_t>(tokens) <= cache.room()) return;
  throw Error(concat(operation, ": ", tokens, " tokens for a cache with room for ", cache.room(),
                     "; clear() it or make a larger one"));
}

void require_prompt(std::string_view operation, std::size_t prompt, std::int64_t new_tokens) {
  require_not_empty(operation, "the prompt", prompt);
  require_at_least(operation, "new_tokens", new_tokens, 0);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (new_tokens <= most - static_cast<std::int64_t>(prompt)) return;
  throw Error(concat(operation, ": ", new_tokens, " new tokens after a prompt of ", prompt,
                     " are more than 64 bits count"));
}

void require_sinks(std::string_view operation, std::int64_t capacity, std::int64_t sinks) {
  if (sinks >= 0 && sinks < capacity) return;
  throw Error(concat(operation, ": ", sinks, " sinks in a window of ", capacity,
                     "; at least one slot must be free to roll"));
}

}  // namespace tinytorch::memoization
