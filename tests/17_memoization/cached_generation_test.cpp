// Learner tests of part 4: a GPT that remembers.
#include "tinytorch/memoization/cached_generation.h"

#include <gtest/gtest.h>

#include "tests/17_memoization/support.h"

namespace tinytorch::memoization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_no_error;
using teach::expect_same;
using teach::expect_value;

Floats whole_text(nn::Gpt& model, const Ids& ids) {
  return values(
      model.forward(nn::ids_tensor(ids, Shape{1, static_cast<std::int64_t>(ids.size())})));
}

// A model whose blocks add nothing: what comes out depends on token and position alone.
nn::Gpt without_branches(std::uint64_t seed) {
  nn::Gpt model = small_gpt(seed);
  for (const auto& [name, parameter] : model.named_parameters()) {
    if (name.find("out_proj") != std::string::npos || name.find("linear2") != std::string::npos) {
      set_to_zero(parameter);
    }
  }
  return model;
}

// --- 17.6 cached_logits ---

TEST(CachedLogits, BranchesAreAddedNotPutInPlace) {
  nn::Gpt model = without_branches(4);
  GenerationCache cache = list_caches(model.config(), 16);
  const Ids ids{1, 2};
  const Tensor got = cached_logits(model, ids, cache);
  require(got.shape() == Shape{2, 11},
          "the logits have shape " + to_string(got.shape()) + ", expected [2, 11]: a row a token");
  expect_near("logits of a model whose branches add nothing", got.data(),
              values(model.logits(model.embed(ids, 0))), 1e-4f,
              {{values(model.logits(Tensor(Shape{2, 8}))),
                "The tokens themselves were lost: each branch is added to x, x = x + branch."}});
}

TEST(CachedLogits, AttentionReadsNormalizedTokens) {
  nn::Gpt model = small_gpt(5);
  for (const auto& block : model.blocks()) {
    set_to_zero(block->norm1().weight());
    set_to_zero(block->norm1().bias());
    set_to_zero(block->self_attn().in_proj().bias());
  }
  GenerationCache cache = list_caches(model.config(), 16);
  (void)cached_logits(model, Ids{1, 2}, cache);
  const auto& memory = dynamic_cast<ListCache&>(cache.layer(0));
  require(!memory.keys.empty(), "no key was kept in layer 0");
  require(memory.keys.empty() || memory.keys[0] == Floats(8, 0.0f),
          "norm1 gives zeros here, and the key is not 0: attention read something else than "
          "norm1(x). A block normalizes what goes into a branch, with that branch's own norm.");
}

TEST(CachedLogits, EveryLayerHasAMemoryOfItsOwn) {
  nn::Gpt model = small_gpt(6);
  GenerationCache cache = list_caches(model.config(), 16);
  (void)cached_logits(model, Ids{1, 2, 3}, cache);
  for (std::int64_t i = 0; i < 2; ++i) {
    expect_value("tokens seen by layer " + teach::show(i), cache.layer(i).seen(), std::int64_t{3},
                 {{6, "Both layers wrote into this cache: block i has cache.layer(i)."},
                  {0, "This layer's cache was never used: block i has cache.layer(i)."}});
  }
}

TEST(CachedLogits, PositionsGoOn) {
  nn::Gpt model = without_branches(3);
  GenerationCache cache = list_caches(model.config(), 16);
  const Ids first{5, 6, 7}, second{5, 6};
  (void)cached_logits(model, first, cache);
  const Tensor got = cached_logits(model, second, cache);
  const auto at = [&](std::int64_t position) {
    return values(model.logits(model.embed(second, position)));
  };
  expect_near("logits of tokens 3 and 4", got.data(), at(3), 1e-4f,
              {{at(0),
                "The new tokens were placed at position 0 again; they stand behind all that "
                "the cache has seen."},
               {at(2), "One position too early: after 3 tokens the next stands at position 3."},
               {at(4), "One position too late: after 3 tokens the next stands at position 3."},
               {at(5), "seen() was read after the layers had appended; read it before."}});
}

TEST(CachedLogits, EqualTheModelOnTheWholeText) {
  nn::Gpt model = small_gpt(1);
  const Ids ids{3, 1, 4, 1, 5, 9};
  GenerationCache cache = list_caches(model.config(), 16);
  const Tensor got = cached_logits(model, ids, cache);
  expect_near("logits", got.data(), whole_text(model, ids), 1e-4f);
}

TEST(CachedLogits, GoOnWhereTheyStopped) {
  nn::Gpt model = small_gpt(2);
  const Ids ids{2, 7, 1, 8, 2, 8, 1};
  GenerationCache cache = list_caches(model.config(), 16);
  Floats got;
  for (const auto& [begin, count] : {std::pair{0, 3}, {3, 1}, {4, 3}}) {
    const auto piece =
        std::span(ids).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    for (const float v : values(cached_logits(model, piece, cache))) got.push_back(v);
  }
  expect_near("logits in three pieces", got, whole_text(model, ids), 1e-4f);
}

TEST(CachedLogits, RecordNoGraph) {
  nn::Gpt model = small_gpt(8);
  GenerationCache cache = list_caches(model.config(), 8);
  require(!cached_logits(model, Ids{1, 2}, cache).requires_grad(),
          "the logits carry a graph: hold an autograd::NoGradGuard while you compute");
}

// --- 17.7 generate_cached ---

Ids without_cache(nn::Gpt& model, const Ids& prompt, std::int64_t count,
                  const nn::SamplingOptions& options, std::uint64_t seed) {
  Rng rng(seed);
  return nn::generate(model, prompt, count, options, rng);
}

TEST(GenerateCached, SamplesFromTheLastRow) {
  nn::Gpt model = small_gpt(9);
  GenerationCache cache(model.config());
  const nn::SamplingOptions greedy{.temperature = 0.0f};
  // A prompt after whose first token the model would go on otherwise than after its last.
  Ids prompt;
  Ids after_first, after_last;
  for (std::int64_t token = 0; token < 10 && after_first == after_last; ++token) {
    prompt = {token, token + 1, 2};
    after_first = {without_cache(model, Ids{prompt[0]}, 1, greedy, 1).back()};
    after_last = {without_cache(model, prompt, 1, greedy, 1).back()};
  }
  Rng rng(1);
  const Ids got = generate_cached(model, prompt, 1, greedy, rng, cache);
  expect_value("the token after the prompt", got.back(), after_last[0],
               {{after_first[0],
                 "This is what follows the prompt's first token: the logits after the prompt are "
                 "in the last row."}});
}

TEST(GenerateCached, WritesTheSameText) {
  nn::Gpt model = small_gpt(9);
  GenerationCache cache(model.config());
  const Ids prompt{3, 1, 4};
  const nn::SamplingOptions greedy{.temperature = 0.0f};
  Rng rng(1);
  const Ids got = generate_cached(model, prompt, 20, greedy, rng, cache);
  const Ids wanted = without_cache(model, prompt, 20, greedy, 1);
  require(got != Ids(wanted.begin() + 3, wanted.end()),
          "the prompt is missing from the result: return the whole text");
  expect_same<std::int64_t>("tokens", got, wanted);
}

TEST(GenerateCached, DrawsOnceAToken) {
  nn::Gpt model = small_gpt(10);
  GenerationCache cache(model.config());
  const Ids prompt{3, 1};
  const nn::SamplingOptions options{.temperature = 1.3f, .top_k = 6};
  Rng plain(7), cached(7);
  const Ids wanted = nn::generate(model, prompt, 15, options, plain);
  const Ids got = generate_cached(model, prompt, 15, options, cached, cache);
  require(cached.next_u64() == plain.next_u64(),
          "the random stream stands elsewhere than after generate(): draw exactly once a token");
  expect_same<std::int64_t>(
      "tokens drawn with the same seed", got, wanted,
      {{without_cache(model, prompt, 15, {.temperature = 1.3f}, 7),
        "top_k was not passed on to sample_token."},
       {without_cache(model, prompt, 15, {}, 7), "`options` was not passed on to sample_token."}});
}

TEST(GenerateCached, EachTokenPassesThroughOnce) {
  nn::Gpt model = small_gpt(11);
  GenerationCache cache(model.config());
  Rng rng(1);
  (void)generate_cached(model, Ids{1, 2, 3}, 5, {.temperature = 0.0f}, rng, cache);
  expect_value("tokens in the cache after a prompt of 3 and 5 new ones", cache.seen(),
               std::int64_t{7},
               {{8, "The last token passed through as well; nobody asks what follows it."},
                {25, "The whole text passed through for every token: only the newest is new."},
                {1, "Only the newest token is in the cache."}});
}

TEST(GenerateCached, ForgetsWhatWasThereBefore) {
  nn::Gpt model = small_gpt(12);
  GenerationCache cache(model.config());
  const nn::SamplingOptions greedy{.temperature = 0.0f};
  Rng rng(1);
  const Ids once = generate_cached(model, Ids{4, 2}, 8, greedy, rng, cache);
  const Ids twice = generate_cached(model, Ids{4, 2}, 8, greedy, rng, cache);
  expect_value("tokens in the cache", cache.seen(), std::int64_t{9},
               {{18, "The first text is still in the cache: clear() it before the prompt."}});
  expect_same<std::int64_t>("the same prompt again", twice, once);
}

TEST(GenerateCached, FillsTheCacheToTheLastPlace) {
  nn::Gpt model = small_gpt(13);
  GenerationCache cache(model.config(), {.capacity = 7});
  const nn::SamplingOptions options{};
  Rng rng(1);
  expect_no_error(
      [&] {
        (void)generate_cached(model, Ids{1, 2, 3}, 5, options, rng, cache);
      },
      "3 + 5 − 1 = 7 tokens pass through, and 7 places are there: the last token needs "
      "none.");
  expect_error(
      [&] {
        (void)generate_cached(model, Ids{1, 2, 3}, 6, options, rng, cache);
      },
      "8", "8 places are needed and 7 are there.");
  Rng before(5), after(5);
  expect_error(
      [&] {
        (void)generate_cached(model, Ids{1, 2, 3}, 6, options, after, cache);
      },
      "8", "8 places are needed and 7 are there.");
  require(before.next_u64() == after.next_u64(),
          "tokens were drawn before the refusal: whether the text fits is known at once");
}

TEST(GenerateCached, NothingToDoAndNothingToGoOnFrom) {
  nn::Gpt model = small_gpt(14);
  GenerationCache cache(model.config());
  Rng rng(1);
  expect_same<std::int64_t>("no new tokens", generate_cached(model, Ids{1, 2}, 0, {}, rng, cache),
                            {1, 2});
  expect_error([&] { (void)generate_cached(model, Ids{}, 3, {}, rng, cache); }, "prompt",
               "This check is given: leave it above your lines.");
}

}  // namespace
}  // namespace tinytorch::memoization
