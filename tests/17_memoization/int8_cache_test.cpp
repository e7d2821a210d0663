// Learner tests of part 5: keys and values in int8.
#include "tinytorch/memoization/int8_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/17_memoization/support.h"

namespace tinytorch::memoization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_same;
using teach::expect_value;
using Codes = std::vector<std::int8_t>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Codes codes_of(const Int8KvCache& cache, bool keys, std::int64_t slots) {
  return rows_of<std::int8_t>(cache.shape(), slots, [&](auto h, auto s, auto d) {
    return keys ? cache.key_code(h, s, d) : cache.value_code(h, s, d);
  });
}

// --- 17.8 append ---

TEST(Int8Append, ByHand) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 2});
  cache.append(Floats{2.54f, -0.5f}, Floats{0.1f, -1.27f});
  expect_value("scale of the key", cache.key_scale(0, 0), 2.54f / 127.0f,
               {{2.54f / 128.0f, "Symmetric codes end at ±127."},
                {1.27f / 127.0f, "This is the scale of the value."},
                {2.54f, "This is the largest magnitude; the scale is a 127th of it."},
                {3.04f / 255.0f, "Asymmetric codes were chosen; here they are symmetric."},
                {0.0f, "No scale was stored."}});
  expect_value("scale of the value", cache.value_scale(0, 0), 1.27f / 127.0f,
               {{2.54f / 127.0f, "The value was given the key's scale; it has one of its own."},
                {0.1f / 127.0f, "Negative numbers were overlooked: compare magnitudes."}});
  expect_same<std::int8_t>("codes of the key", codes_of(cache, true, 1), {127, -25},
                           {{{2, 0}, "Nothing was divided by the scale."},
                            {{10, -127}, "These are the codes of the value."}});
  expect_same<std::int8_t>(
      "codes of the value", codes_of(cache, false, 1), {10, -127},
      {{{5, -63}, "The value was quantized with the key's scale."},
       {{5, -64}, "The value was quantized with the key's scale."},
       {{127, -127}, "The scale ignores negative numbers, and they clipped."}});
}

TEST(Int8Append, RoundsHalfToEven) {
  Int8KvCache cache({.heads = 1, .head_dim = 5, .capacity = 1});
  cache.append(Floats{127.0f, 0.5f, 1.5f, 2.5f, -0.5f}, Floats(5, 0.0f));
  expect_same<std::int8_t>(
      "codes", codes_of(cache, true, 1), {127, 0, 2, 2, 0},
      {{{127, 1, 2, 3, -1},
        "Ties were rounded away from zero; quantization::quantize rounds them "
        "to even."},
       {{127, 0, 1, 2, 0}, "The codes were truncated; quantization::quantize rounds."}});
}

TEST(Int8Append, EveryHeadHasItsOwnScale) {
  Int8KvCache cache({.heads = 2, .head_dim = 2, .capacity = 2});
  cache.append(Floats{100.0f, 50.0f, 1.0f, -0.5f}, Floats{1.0f, -0.5f, 100.0f, 50.0f});
  expect_same<float>("scales of the two keys", Floats{cache.key_scale(0, 0), cache.key_scale(1, 0)},
                     {100.0f / 127.0f, 1.0f / 127.0f},
                     {{{100.0f / 127.0f, 100.0f / 127.0f},
                       "Both heads share the scale of the larger one, and the smaller one keeps "
                       "three codes."}});
  expect_same<std::int8_t>(
      "codes of the keys", codes_of(cache, true, 1), {127, 64, 127, -64},
      {{{127, 64, 1, -1}, "Head 1 was quantized with head 0's scale."},
       {{127, 64, 1, 0}, "Head 1 was quantized with head 0's scale."},
       {{127, 64, 127, 64}, "Head 1 was given head 0's numbers: it starts at head_dim."}});
  expect_same<std::int8_t>("codes of the values", codes_of(cache, false, 1), {127, -64, 127, 64});
}

TEST(Int8Append, EveryTokenHasItsOwnScale) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 3});
  cache.append(Floats{1.0f, 0.5f}, Floats{2.0f, 1.0f});
  cache.append(Floats{100.0f, 50.0f}, Floats{200.0f, 100.0f});
  expect_same<float>(
      "scales of the keys of tokens 0 and 1", Floats{cache.key_scale(0, 0), cache.key_scale(0, 1)},
      {1.0f / 127.0f, 100.0f / 127.0f},
      {{{100.0f / 127.0f, 0.0f},
        "Token 1's scale went over token 0's, whose codes now mean something else. A scale stands "
        "at head · capacity + slot."},
       {{1.0f / 127.0f, 1.0f / 127.0f},
        "The first token's scale serves the second, which is clipped to a hundredth."}});
  expect_same<std::int8_t>("codes of the keys", codes_of(cache, true, 2), {127, 64, 127, 64},
                           {{{127, 64, 127, 127}, "Token 1 was clipped by token 0's scale."}});
}

TEST(Int8Append, PutsCodesWhereTheFloatCachePutsNumbers) {
  Int8KvCache cache({.heads = 2, .head_dim = 2, .capacity = 3});
  cache.append(Floats{127, 2, 127, 4}, Floats{5, 127, 7, 127});
  cache.append(Floats{127, -20, -30, 127}, Floats{50, 127, 70, -127});
  expect_same<std::int8_t>(
      "codes of the keys", codes_of(cache, true, 2), {127, 2, 127, 4, 127, -20, -30, 127},
      {{{127, 0, 127, 0, 0, 2, 127, 4},
        "The codes of a key lie `capacity` apart: (head · head_dim + d) · capacity + slot."}});
  expect_same<std::int8_t>("codes of the values", codes_of(cache, false, 2),
                           {5, 127, 7, 127, 50, 127, 70, -127});
}

TEST(Int8Append, ZerosKeepAUsableScale) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 1});
  cache.append(Floats{0, 0}, Floats{0, 0});
  expect_value("scale of a key of zeros", cache.key_scale(0, 0), 1.0f,
               {{0.0f, "0 / 127 = 0 divides by zero later: choose_qparams_symmetric gives 1."}});
  expect_same<std::int8_t>("codes", codes_of(cache, true, 1), {0, 0},
                           {{{-127, -127}, "0 / 0 is NaN, and NaN becomes the lowest code."}});
}

TEST(Int8Append, RefusesAndChangesNothing) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 1});
  expect_error(
      [&] {
        cache.append(Floats{1, 2}, Floats{1, kNan});
      },
      "nan", "quantize() would turn NaN into a code, and nobody would ever know: check_token.");
  expect_value(
      "seen() after the refusals", cache.seen(), std::int64_t{0},
      {{2, "A refused token must not be counted."}, {1, "A refused token must not be counted."}});
}

// --- 17.9 scores, mix ---

TEST(Int8Read, ScoresByHand) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 3});
  cache.append(Floats{2.54f, -0.5f}, Floats{1, 1});
  cache.append(Floats{0.0f, 127.0f}, Floats{9, 9});
  Floats out(2, 99.0f);
  cache.scores(0, Floats{1, 2}, out);
  expect_near("scores", out, {1.54f, 254.0f}, 1e-4f,
              {{{77.0f, 254.0f}, "The scales are missing: these are sums of codes."},
               {{1.54f, 5.08f}, "Token 0's scale was used for both; every slot has its own."},
               {{0.606299f, 18.0f}, "These are the scales of the values."},
               {{3.52f, 353.0f}, "What was in `out` before was added to: clear it first."}});
}

TEST(Int8Read, MixByHand) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 3});
  cache.append(Floats{1, 1}, Floats{1.27f, 0.5f});
  cache.append(Floats{9, 9}, Floats{2.54f, -0.5f});
  Floats out(2, 99.0f);
  cache.mix(0, Floats{0.5f, 0.25f}, out);
  expect_near(
      "mixture", out, {1.27f, 0.125f}, 1e-5f,
      {{{95.25f, 18.75f}, "The scales are missing: these are sums of codes."},
       {{0.9525f, 0.1875f},
        "Token 0's scale was used for both. It changes from term to term here, so it cannot "
        "wait until the sum is complete."},
       {{100.27f, 99.125f}, "What was in `out` before was added to: clear it first."},
       {{1.905f, 0.375f},
        "The last token's scale was used for all: it differs from term to term."}});
}

TEST(Int8Read, EachHeadReadsItsOwn) {
  Int8KvCache cache({.heads = 2, .head_dim = 2, .capacity = 3});
  cache.append(Floats{127, 1, 1.27f, 0.5f}, Floats{127, 1, 1.27f, 0.5f});
  Floats scores(1), mixture(2);
  cache.scores(1, Floats{1, 1}, scores);
  expect_near("score of head 1", scores, {1.77f}, 1e-5f,
              {{{128.0f}, "This is the score of head 0: `head` was not used."},
               {{177.0f}, "Head 1's codes with head 0's scale."},
               {{1.28f}, "Head 0's codes with head 1's scale."}});
  cache.mix(1, Floats{1}, mixture);
  expect_near("mixture of head 1", mixture, {1.27f, 0.5f}, 1e-5f,
              {{{127.0f, 1.0f}, "This is the mixture of head 0: `head` was not used."},
               {{127.0f, 50.0f}, "Head 1's codes with head 0's scale."}});
}

TEST(Int8Read, StaysWithinHalfAStepOfFloat) {
  Rng rng(4);
  const CacheShape shape{.heads = 2, .head_dim = 8, .capacity = 30};
  Int8KvCache cache(shape);
  ListCache plain(shape);
  for (int i = 0; i < 25; ++i) {
    const float size = rng.uniform(0.1f, 10.0f);
    const Floats key = uniform(rng, 16, size), value = uniform(rng, 16, size);
    cache.append(key, value);
    plain.append(key, value);
  }
  for (std::int64_t h = 0; h < 2; ++h) {
    const Floats query = uniform(rng, 8);
    Floats got(25), wanted(25);
    cache.scores(h, query, got);
    plain.scores(h, query, wanted);
    float reach = 0.0f;
    for (const float q : query) reach += std::abs(q);
    for (std::size_t s = 0; s < 25; ++s) {
      const float half = 0.5f * cache.key_scale(h, static_cast<std::int64_t>(s)) * reach;
      require(std::abs(got[s] - wanted[s]) <= half + 1e-4f,
              "score " + teach::show(static_cast<std::int64_t>(s)) + " of head " + teach::show(h) +
                  " is " + teach::show(got[s]) + ", in float " + teach::show(wanted[s]) +
                  ": further apart than half a step of each number allows, " + teach::show(half));
    }
  }
}

TEST(Int8Read, ReadsStoredTokensOnly) {
  Int8KvCache cache({.heads = 1, .head_dim = 2, .capacity = 3});
  for (int i = 0; i < 3; ++i) cache.append(Floats{50, 127}, Floats{50, 127});
  cache.clear();
  cache.append(Floats{127, 0}, Floats{127, 0});
  Floats out(3, 99.0f);
  cache.scores(0, Floats{1, 1}, std::span(out).first(1));
  expect_same<float>(
      "scores of one token, and what lies behind them", out, {127, 99, 99},
      {{{127, 177, 177}, "Forgotten tokens were read, and written behind the end of `out`."}});
}

}  // namespace
}  // namespace tinytorch::memoization
