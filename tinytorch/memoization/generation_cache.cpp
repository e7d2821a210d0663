#include "tinytorch/memoization/generation_cache.h"

#include <algorithm>

#include "tinytorch/core/error.h"
#include "tinytorch/memoization/int8_cache.h"
#include "tinytorch/memoization/kv_cache.h"
#include "tinytorch/memoization/window_cache.h"

namespace tinytorch::memoization {
namespace {

std::unique_ptr<LayerCache> make_layer(const CacheShape& shape, const CacheOptions& options) {
  switch (options.kind) {
    case CacheKind::kInt8:
      return std::make_unique<Int8KvCache>(shape);
    case CacheKind::kWindow:
      return std::make_unique<WindowKvCache>(shape, options.sinks);
    case CacheKind::kFloat:
      break;
  }
  return std::make_unique<KvCache>(shape);
}

}  // namespace

GenerationCache::GenerationCache(const nn::GptConfig& config, const CacheOptions& options) {
  if (options.capacity < 0) {
    throw Error(concat("generation_cache: capacity ", options.capacity,
                       "; expected a number of tokens, or 0 for the model's context"));
  }
  if (options.sinks != 0 && options.kind != CacheKind::kWindow) {
    throw Error(concat("generation_cache: ", options.sinks,
                       " sinks without a window; nothing is ever forgotten there"));
  }
  if (config.num_layers < 1 || config.num_heads < 1) {
    throw Error(concat("generation_cache: ", config.num_layers, " layers of ", config.num_heads,
                       " heads; both must be at least 1"));
  }
  if (config.embed_dim % config.num_heads != 0) {
    throw Error(concat("generation_cache: ", config.embed_dim, " numbers do not divide into ",
                       config.num_heads, " heads"));
  }
  const std::int64_t capacity = options.capacity == 0 ? config.context_length : options.capacity;
  const CacheShape shape{config.num_heads, config.embed_dim / config.num_heads, capacity};
  for (std::int64_t i = 0; i < config.num_layers; ++i) {
    layers_.push_back(make_layer(shape, options));
  }
}

GenerationCache::GenerationCache(std::vector<std::unique_ptr<LayerCache>> layers)
    : layers_(std::move(layers)) {
  const bool whole = std::all_of(layers_.begin(), layers_.end(),
                                 [](const auto& layer) { return layer != nullptr; });
  if (layers_.empty() || !whole) {
    throw Error("generation_cache: expected one cache a layer, got none or a null pointer");
  }
}

LayerCache& GenerationCache::layer(std::int64_t index) {
  if (index < 0 || index >= size()) {
    throw Error(concat("generation_cache: layer ", index, "; there are ", size(), ", from 0 on"));
  }
  return *layers_[static_cast<std::size_t>(index)];
}

std::int64_t GenerationCache::seen() const {
  const std::int64_t first = layers_.front()->seen();
  for (const auto& layer : layers_) {
    if (layer->seen() == first) continue;
    throw Error(concat("generation_cache: one layer has seen ", first, " tokens, another ",
                       layer->seen(), "; a call failed half-way, so clear() before the next"));
  }
  return first;
}

std::int64_t GenerationCache::room() const {
  std::int64_t least = layers_.front()->room();
  for (const auto& layer : layers_) least = std::min(least, layer->room());
  return least;
}

std::int64_t GenerationCache::bytes() const {
  std::int64_t total = 0;
  for (const auto& layer : layers_) total += layer->bytes();
  return total;
}

void GenerationCache::clear() {
  for (const auto& layer : layers_) layer->clear();
}

}  // namespace tinytorch::memoization
