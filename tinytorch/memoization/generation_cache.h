#pragma once
// One cache for each layer of a GPT. Given (generation_cache.cpp).

#include <cstdint>
#include <memory>
#include <vector>

#include "tinytorch/memoization/layer_cache.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::memoization {

enum class CacheKind { kFloat, kInt8, kWindow };

struct CacheOptions {
  CacheKind kind = CacheKind::kFloat;
  std::int64_t capacity = 0;  // tokens; 0: the model's context_length
  std::int64_t sinks = 0;     // kWindow only: first tokens that are never forgotten
};

class GenerationCache {
 public:
  // Throws Error on no layers or heads, heads that do not divide embed_dim, a capacity below 0,
  // sinks without a window, and what the layers' caches refuse.
  explicit GenerationCache(const nn::GptConfig& config, const CacheOptions& options = {});
  // Caches made elsewhere, one a layer. Throws Error on none or on a null pointer.
  explicit GenerationCache(std::vector<std::unique_ptr<LayerCache>> layers);

  std::int64_t size() const { return static_cast<std::int64_t>(layers_.size()); }
  // Throws Error unless `index` is in [0, size()).
  LayerCache& layer(std::int64_t index);
  // Of every layer: between two calls all have seen the same tokens. Throws Error when they have
  // not, because a call threw half-way (NaN in a later layer's key): what is stored then belongs to
  // no text, and only clear() helps.
  std::int64_t seen() const;
  // The least of all layers.
  std::int64_t room() const;
  std::int64_t bytes() const;
  void clear();

 private:
  std::vector<std::unique_ptr<LayerCache>> layers_;
};

}  // namespace tinytorch::memoization
