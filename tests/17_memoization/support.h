#pragma once
// What the learner tests of module 17 share: a cache that is a plain list of rows, so that a part
// can be tested without the one that stores numbers, and small models with known weights.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/support/teach.h"
#include "tinytorch/core/error.h"
#include "tinytorch/memoization/generation_cache.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::memoization {

using Floats = std::vector<float>;
using Ids = std::vector<std::int64_t>;

inline void require(bool condition, const std::string& message,
                    const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}

inline Floats values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

inline Floats uniform(Rng& rng, std::size_t count, float size = 1.0f) {
  Floats x(count);
  for (float& v : x) v = rng.uniform(-size, size);
  return x;
}

// at(head, slot, d) of every number, slot after slot: each token read back as the row it was.
template <typename T, typename At>
std::vector<T> rows_of(const CacheShape& shape, std::int64_t slots, At at) {
  std::vector<T> rows;
  for (std::int64_t s = 0; s < slots; ++s) {
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      for (std::int64_t d = 0; d < shape.head_dim; ++d) rows.push_back(at(h, s, d));
    }
  }
  return rows;
}

// Keeps each token's row as it came. Slow, and obviously right.
class ListCache : public LayerCache {
 public:
  using LayerCache::LayerCache;

  void append(std::span<const float> key, std::span<const float> value) override {
    if (room() == 0) throw Error("list_cache: full");
    keys.resize(static_cast<std::size_t>(seen()));  // what clear() has forgotten
    values.resize(keys.size());
    keys.emplace_back(key.begin(), key.end());
    values.emplace_back(value.begin(), value.end());
    count_token();
  }
  void scores(std::int64_t head, std::span<const float> query,
              std::span<float> out) const override {
    for (std::size_t s = 0; s < out.size(); ++s) {
      double total = 0.0;
      for (std::size_t i = 0; i < query.size(); ++i) {
        total += static_cast<double>(query[i]) * static_cast<double>(at(keys[s], head, i));
      }
      out[s] = static_cast<float>(total);
    }
  }
  void mix(std::int64_t head, std::span<const float> weights, std::span<float> out) const override {
    for (std::size_t d = 0; d < out.size(); ++d) {
      double total = 0.0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        total += static_cast<double>(weights[i]) * static_cast<double>(at(values[i], head, d));
      }
      out[d] = static_cast<float>(total);
    }
  }
  std::int64_t bytes() const override { return 0; }

  std::vector<Floats> keys;
  std::vector<Floats> values;

 private:
  float at(const Floats& row, std::int64_t head, std::size_t d) const {
    return row[static_cast<std::size_t>(head * shape().head_dim) + d];
  }
};

inline GenerationCache list_caches(const nn::GptConfig& config, std::int64_t capacity) {
  std::vector<std::unique_ptr<LayerCache>> layers;
  for (std::int64_t i = 0; i < config.num_layers; ++i) {
    layers.push_back(std::make_unique<ListCache>(
        CacheShape{config.num_heads, config.embed_dim / config.num_heads, capacity}));
  }
  return GenerationCache(std::move(layers));
}

// Two layers of two heads of four.
inline nn::GptConfig small_config() {
  return {.vocab_size = 11, .context_length = 32, .num_layers = 2, .num_heads = 2, .embed_dim = 8};
}

// With embeddings large enough for tokens to differ clearly, and no two normalizations alike.
inline nn::Gpt small_gpt(std::uint64_t seed, const nn::GptConfig& config = small_config()) {
  Rng rng(seed);
  nn::Gpt model(config, rng);
  for (const auto& [name, parameter] : model.named_parameters()) {
    Tensor tensor = parameter;
    for (float& v : tensor.data()) {
      if (name.find("embedding") != std::string::npos) v *= 40.0f;
      if (name.find("norm") != std::string::npos) v += rng.uniform(-0.5f, 0.5f);
    }
  }
  return model;
}

inline void set_to_zero(const Tensor& tensor) {
  Tensor target = tensor;
  for (float& v : target.data()) v = 0.0f;
}

}  // namespace tinytorch::memoization
