// What the memoization room's guards let through, and what they say where they do not.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/memoization/generation_cache.h"
#include "tinytorch/memoization/kv_cache.h"
#include "tinytorch/memoization/require.h"
#include "tinytorch/transformer/multihead_attention.h"

namespace tinytorch::memoization {
namespace {

using Floats = std::vector<float>;

TEST(MemoizationGuards, SizesAreAtLeastOne) {
  require_sizes("f", {1, 2, 4});
  EXPECT_ERROR(require_sizes("f", {0, 2, 4}), "f: layers must be at least 1, got 0");
  EXPECT_ERROR(require_sizes("f", {1, -2, 4}), "f: heads must be at least 1, got -2");
  EXPECT_ERROR(require_sizes("f", {1, 2, 0}), "f: head_dim must be at least 1, got 0");
}

TEST(MemoizationGuards, ACacheHasRoomForTheToken) {
  KvCache cache({.heads = 2, .head_dim = 2, .capacity = 1});
  require_room("f", cache);
  require_token_size("f", cache.shape(), 4, 4);
  EXPECT_ERROR(require_token_size("f", cache.shape(), 6, 4),
               "f: a key of 6 and a value of 4 numbers; 2 heads of 2 take 4");
  EXPECT_ERROR(require_token_size("f", cache.shape(), 4, 2), "a value of 2");
  EXPECT_ERROR(require_attention("f", cache, 4, 4), "f: the cache is empty");
  cache.append(Floats(4), Floats(4));
  require_attention("f", cache, 4, 4);
  EXPECT_ERROR(require_attention("f", cache, 3, 4), "a query of 3 and a result of 4 numbers");
  EXPECT_ERROR(require_attention("f", cache, 4, 3), "a result of 3");
  EXPECT_ERROR(require_room("f", cache), "f: full, 1 tokens of 1");
}

TEST(MemoizationGuards, WeightsAreNumbers) {
  require_weights("f", 1, Floats{0.5f, 0.5f});
  EXPECT_ERROR(require_weights("f", 1, Floats(2, std::nanf(""))), "f: head 1 has no weights");
}

TEST(MemoizationGuards, OnlyCausalLayersCanBeCached) {
  Rng rng(1);
  const nn::MultiheadAttention layer(8, 2, {.is_causal = true}, rng);
  const nn::MultiheadAttention looks_ahead(8, 2, {.is_causal = false}, rng);
  const CacheShape shape{.heads = 2, .head_dim = 4, .capacity = 3};
  const Tensor x(Shape{3, 8});
  require_cacheable("f", layer, x, shape);
  EXPECT_ERROR(require_cacheable("f", layer, Tensor(Shape{1, 3, 8}), shape), "input [1, 3, 8]");
  EXPECT_ERROR(require_cacheable("f", layer, Tensor(Shape{3, 6}), shape), "expected [n, 8]");
  // As many numbers, but another meaning.
  EXPECT_ERROR(require_cacheable("f", layer, x, {.heads = 4, .head_dim = 2, .capacity = 3}),
               "a cache of 4 heads of 2 for a layer of 2 heads of 4");
  EXPECT_ERROR(require_cacheable("f", looks_ahead, x, shape), "not causal");
}

TEST(MemoizationGuards, TextsFit) {
  std::vector<std::unique_ptr<LayerCache>> layers;
  for (int i = 0; i < 2; ++i) {
    layers.push_back(
        std::make_unique<KvCache>(CacheShape{.heads = 1, .head_dim = 1, .capacity = 3}));
  }
  const GenerationCache cache(std::move(layers));
  require_fit("f", 3, 2, cache);
  EXPECT_ERROR(require_fit("f", 0, 2, cache), "f: no tokens");
  EXPECT_ERROR(require_fit("f", 1, 3, cache), "caches for 2 layers, the model has 3");
  EXPECT_ERROR(require_fit("f", 5, 2, cache), "5 tokens for a cache with room for 3");
  require_prompt("f", 1, 0);
  EXPECT_ERROR(require_prompt("f", 0, 3), "f: the prompt must not be empty");
  EXPECT_ERROR(require_prompt("f", 1, -2), "new_tokens must be at least 0, got -2");
  EXPECT_ERROR(require_prompt("f", 2, std::numeric_limits<std::int64_t>::max()), "64 bits");
}

TEST(MemoizationGuards, AWindowRolls) {
  require_sinks("f", 4, 3);
  EXPECT_ERROR(require_sinks("f", 4, 4), "f: 4 sinks in a window of 4");
  EXPECT_ERROR(require_sinks("f", 4, -1), "-1 sinks");
}

}  // namespace
}  // namespace tinytorch::memoization
