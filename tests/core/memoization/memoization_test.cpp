// Module 17 on a whole GPT: every kind of cache against the model without one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/memoization/cache_size.h"
#include "tinytorch/memoization/cached_attention.h"
#include "tinytorch/memoization/cached_generation.h"
#include "tinytorch/memoization/int8_cache.h"
#include "tinytorch/memoization/window_cache.h"

namespace tinytorch::memoization {
namespace {

using Ids = std::vector<std::int64_t>;

nn::GptConfig config(nn::Positions positions) {
  return {.vocab_size = 50,
          .context_length = 96,
          .num_layers = 4,
          .num_heads = 4,
          .embed_dim = 64,
          .positions = positions};
}

Ids random_text(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  Ids ids;
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(static_cast<std::int64_t>(rng.below(50)));
  return ids;
}

Tensor whole(nn::Gpt& model, const Ids& ids) {
  const autograd::NoGradGuard no_grad;
  return model.forward(nn::ids_tensor(ids, Shape{1, static_cast<std::int64_t>(ids.size())}));
}

// The largest difference between one pass over the whole text and token after token.
float largest_difference(nn::Gpt& model, GenerationCache& cache, const Ids& ids) {
  const Tensor expected = whole(model, ids);
  float largest = 0.0f;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const Tensor row = cached_logits(model, std::span(ids).subspan(t, 1), cache);
    for (std::size_t v = 0; v < 50; ++v) {
      largest = std::max(largest, std::fabs(row.data()[v] - expected.data()[t * 50 + v]));
    }
  }
  return largest;
}

TEST(GenerationCache, FloatIsExactTokenByToken) {
  for (const auto positions : {nn::Positions::kLearned, nn::Positions::kSinusoidal}) {
    Rng rng(1);
    nn::Gpt model(config(positions), rng);
    GenerationCache cache(model.config());
    EXPECT_LT(largest_difference(model, cache, random_text(96, 2)), 1e-4f);
  }
}

TEST(GenerationCache, Int8IsClose) {
  Rng rng(3);
  nn::Gpt model(config(nn::Positions::kLearned), rng);
  GenerationCache cache(model.config(), {.kind = CacheKind::kInt8});
  const float difference = largest_difference(model, cache, random_text(96, 4));
  EXPECT_LT(difference, 0.02f);
  EXPECT_GT(difference, 0.0f) << "the int8 cache was not used";
}

TEST(GenerationCache, AWindowAsLargeAsTheTextIsExact) {
  Rng rng(5);
  nn::Gpt model(config(nn::Positions::kSinusoidal), rng);
  GenerationCache cache(model.config(), {.kind = CacheKind::kWindow, .sinks = 2});
  EXPECT_LT(largest_difference(model, cache, random_text(96, 6)), 1e-4f);
}

TEST(GenerationCache, AWindowGoesOnForever) {
  Rng rng(7);
  nn::Gpt model(config(nn::Positions::kSinusoidal), rng);
  GenerationCache cache(model.config(), {.kind = CacheKind::kWindow, .capacity = 16, .sinks = 2});
  Rng draw(1);
  const Ids out = generate_cached(model, Ids{1}, 300, {}, draw, cache);
  EXPECT_EQ(out.size(), 301u);
  EXPECT_EQ(cache.seen(), 300);
  EXPECT_EQ(cache.layer(3).length(), 16);
}

TEST(GenerationCache, LearnedPositionsEndEvenInAWindow) {
  Rng rng(7);
  nn::Gpt model(config(nn::Positions::kLearned), rng);
  GenerationCache cache(model.config(), {.kind = CacheKind::kWindow, .capacity = 16});
  Rng draw(1);
  EXPECT_ERROR(generate_cached(model, Ids{1}, 100, {}, draw, cache),
               "the model has learned no position from 96 on");
}

TEST(GenerationCache, HoldsExactlyTheBytesThatWereCounted) {
  const nn::GptConfig c = config(nn::Positions::kLearned);
  const ModelSizes sizes{.layers = 4, .heads = 4, .head_dim = 16};
  for (const std::int64_t capacity : {1, 7, 96}) {
    EXPECT_EQ(GenerationCache(c, {.capacity = capacity}).bytes(),
              cache_bytes(sizes, capacity, Format::kFloat32));
    EXPECT_EQ(GenerationCache(c, {.kind = CacheKind::kInt8, .capacity = capacity}).bytes(),
              cache_bytes(sizes, capacity, Format::kInt8));
  }
}

TEST(GenerationCache, RefusesWhatMakesNoSense) {
  const nn::GptConfig c = config(nn::Positions::kLearned);
  EXPECT_ERROR(GenerationCache(c, {.capacity = -1}), "capacity -1");
  EXPECT_ERROR(GenerationCache(c, {.sinks = 2}), "2 sinks without a window");
  EXPECT_ERROR(GenerationCache(c, {.kind = CacheKind::kWindow, .capacity = 4, .sinks = 4}),
               "4 sinks in a window of 4");
  EXPECT_ERROR(GenerationCache(std::vector<std::unique_ptr<LayerCache>>{}), "got none");
  std::vector<std::unique_ptr<LayerCache>> empty(1);
  EXPECT_ERROR(GenerationCache(std::move(empty)), "a null pointer");
  nn::GptConfig none = c;
  none.num_heads = 0;
  EXPECT_ERROR(GenerationCache{none}, "0 heads");
  none = c;
  none.num_layers = 0;
  EXPECT_ERROR(GenerationCache{none}, "0 layers");
}

TEST(CacheBytes, ATokenThatNoMemoryHoldsIsRefused) {
  const std::int64_t huge = std::int64_t{1} << 31;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const ModelSizes& sizes : {ModelSizes{huge, huge, 1}, ModelSizes{1, most, 1},
                                  ModelSizes{1, 1, most}, ModelSizes{huge, 2, huge}}) {
    for (const Format format : {Format::kFloat32, Format::kInt8}) {
      EXPECT_ERROR((void)cache_bytes(sizes, 1, format), "more bytes than 64 bits");
      EXPECT_ERROR((void)tokens_within(sizes, 1, format), "more bytes than 64 bits");
    }
  }
}

TEST(LayerCache, ACapacityThatNoMemoryHoldsIsRefused) {
  for (const std::int64_t capacity : {std::int64_t{1} << 60, std::int64_t{1} << 62}) {
    const CacheShape shape{4, 4, capacity};
    EXPECT_ERROR(KvCache{shape}, "more bytes than 64 bits");
    EXPECT_ERROR(Int8KvCache{shape}, "more bytes than 64 bits");
    EXPECT_ERROR(WindowKvCache{shape}, "more bytes than 64 bits");
  }
}

// NaN in a later layer: the earlier ones have the token already, and would be one ahead for ever.
TEST(GenerationCache, ACallThatFailedHalfWayIsNotGoneOnFrom) {
  const nn::GptConfig c = config(nn::Positions::kSinusoidal);
  Rng rng(3);
  nn::Gpt model(c, rng);
  GenerationCache cache(c);
  const Ids token{7};
  const Tensor before = cached_logits(model, token, cache);
  Tensor weight = dynamic_cast<nn::Linear&>(model.blocks()[2]->self_attn().in_proj()).weight();
  const Tensor kept = weight.clone();
  for (float& w : weight.data()) w = std::nanf("");
  EXPECT_ERROR((void)cached_logits(model, token, cache), "is nan");
  std::copy(kept.data().begin(), kept.data().end(), weight.data().begin());
  EXPECT_ERROR((void)cached_logits(model, token, cache), "clear() before the next");
  cache.clear();
  const Tensor again = cached_logits(model, token, cache);
  EXPECT_TRUE(std::equal(before.data().begin(), before.data().end(), again.data().begin()));
}

// --- bad input ---

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TEST(LayerCache, APlaceBeyondTheBuffersIsRefused) {
  const CacheShape shape{2, 2, 3};
  const std::vector<float> token{1, 2, 3, 4};
  KvCache floats(shape);
  Int8KvCache codes(shape);
  floats.append(token, token);
  codes.append(token, token);
  EXPECT_EQ(floats.value(1, 0, 1), 4.0f);
  EXPECT_EQ(codes.value_code(1, 0, 1), 127);
  struct Place {
    std::int64_t head, slot, d;
  };
  for (const auto& [head, slot, d] : {Place{2, 0, 0},
                                      {-1, 0, 0},
                                      {0, 3, 0},
                                      {0, -1, 0},
                                      {0, 0, 2},
                                      {0, 0, -1},
                                      {kHuge, 0, 0},
                                      {0, kHuge, kHuge}}) {
    EXPECT_ERROR((void)floats.key(head, slot, d), concat("head ", head));
    EXPECT_ERROR((void)floats.value(head, slot, d), concat("slot ", slot));
    EXPECT_ERROR((void)codes.key_code(head, slot, d), concat("number ", d));
    EXPECT_ERROR((void)codes.value_code(head, slot, d), concat("slot ", slot));
    if (d != 0) continue;
    EXPECT_ERROR((void)codes.key_scale(head, slot), concat("head ", head));
    EXPECT_ERROR((void)codes.value_scale(head, slot), concat("slot ", slot));
  }
}

TEST(GenerationCache, ALayerThatDoesNotExistAndHeadsThatDoNotDivideAreRefused) {
  nn::GptConfig c = config(nn::Positions::kLearned);
  GenerationCache cache(c);
  for (const std::int64_t none : {std::int64_t{-1}, std::int64_t{4}, kHuge}) {
    EXPECT_ERROR((void)cache.layer(none), concat("layer ", none));
  }
  c.embed_dim = 66;
  EXPECT_ERROR(GenerationCache{c}, "66 numbers");
}

TEST(GenerateCached, MoreTokensThan64BitsCountAreRefused) {
  const nn::GptConfig c = config(nn::Positions::kLearned);
  Rng rng(3);
  nn::Gpt model(c, rng);
  GenerationCache full(c);
  GenerationCache window(c, {.kind = CacheKind::kWindow});
  const Ids prompt{1, 2};
  EXPECT_ERROR((void)generate_cached(model, prompt, kHuge, {}, rng, full), "new tokens");
  EXPECT_ERROR((void)generate_cached(model, prompt, kHuge, {}, rng, window), "new tokens");
  EXPECT_ERROR((void)generate_cached(model, prompt, 96, {}, rng, full), "97 places");
}

TEST(Attend, AQueryOrScoresThatAreNoNumbersAreRefused) {
  const CacheShape shape{2, 2, 3};
  const std::vector<float> token{1, 2, 3, 4};
  KvCache floats(shape);
  Int8KvCache codes(shape);
  for (LayerCache* cache : {static_cast<LayerCache*>(&floats), static_cast<LayerCache*>(&codes)}) {
    cache->append(token, token);
    cache->append(token, token);
    std::vector<float> out(4);
    for (const std::vector<float>& bad :
         {std::vector<float>{1, 1, kNan, 1}, {1, 1, kInf, 1}, {1, 1, 3e38f, 3e38f}}) {
      EXPECT_ERROR(attend(*cache, bad, out), "head 1");
    }
  }
}

}  // namespace
}  // namespace tinytorch::memoization
