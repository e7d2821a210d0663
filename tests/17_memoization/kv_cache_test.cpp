// Learner tests of part 2: keys and values in float32.
#include "tinytorch/memoization/kv_cache.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "tests/17_memoization/support.h"

namespace tinytorch::memoization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_same;
using teach::expect_value;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

const CacheShape kShape{.heads = 2, .head_dim = 2, .capacity = 3};
const Floats kKey0{1, 2, 3, 4}, kKey1{10, 20, 30, 40};
const Floats kValue0{5, 6, 7, 8}, kValue1{50, 60, 70, 80};

Floats read(const KvCache& cache, bool keys, std::int64_t slots) {
  return rows_of<float>(cache.shape(), slots, [&](auto h, auto s, auto d) {
    return keys ? cache.key(h, s, d) : cache.value(h, s, d);
  });
}

using Place = std::function<std::int64_t(std::int64_t h, std::int64_t s, std::int64_t d)>;
const Place kKeyPlace = [](auto h, auto s, auto d) { return (h * 2 + d) * 3 + s; };
const Place kValuePlace = [](auto h, auto s, auto d) { return (h * 3 + s) * 2 + d; };
// [capacity, heads, head_dim]: the rows as they come.
const Place kRowPlace = [](auto h, auto s, auto d) { return (s * 2 + h) * 2 + d; };

// What two tokens look like when they are written to one place and read from another.
Floats misplaced(const Floats& row0, const Floats& row1, const Place& written,
                 const Place& wanted) {
  Floats buffer(12, 0.0f), rows;
  for (const bool writing : {true, false}) {
    for (std::int64_t s = 0; s < 2; ++s) {
      for (std::int64_t i = 0; i < 4; ++i) {
        const auto at = static_cast<std::size_t>((writing ? written : wanted)(i / 2, s, i % 2));
        if (writing) buffer[at] = (s == 0 ? row0 : row1)[static_cast<std::size_t>(i)];
        if (!writing) rows.push_back(buffer[at]);
      }
    }
  }
  return rows;
}

// --- 17.2 append ---

TEST(KvCacheAppend, CountsTokens) {
  KvCache cache(kShape);
  cache.append(kKey0, kValue0);
  cache.append(kKey1, kValue1);
  expect_value("seen()", cache.seen(), std::int64_t{2},
               {{0, "Nothing was counted: count_token()."}, {4, "Each token was counted twice."}});
  expect_value("room()", cache.room(), std::int64_t{1});
}

TEST(KvCacheAppend, DealsOutKeys) {
  KvCache cache(kShape);
  cache.append(kKey0, kValue0);
  cache.append(kKey1, kValue1);
  expect_same<float>(
      "keys, slot after slot", read(cache, true, 2), {1, 2, 3, 4, 10, 20, 30, 40},
      {{misplaced(kKey0, kKey1, kValuePlace, kKeyPlace),
        "The keys stand in the order of the values. A key's numbers lie `capacity` apart: "
        "(head · head_dim + d) · capacity + slot."},
       {misplaced(kKey0, kKey1, kRowPlace, kKeyPlace),
        "The rows were copied one after the other; each number has a place of its own in the "
        "header's layout."},
       {{5, 6, 7, 8, 50, 60, 70, 80}, "These are the values; keys and values are swapped."},
       {{1, 2, 1, 2, 10, 20, 10, 20}, "Head 1 was given head 0's numbers: it starts at head_dim."},
       {{10, 20, 30, 40, 0, 0, 0, 0},
        "The second token went over the first: its slot is length(), counted on."}});
}

TEST(KvCacheAppend, DealsOutValues) {
  KvCache cache(kShape);
  cache.append(kKey0, kValue0);
  cache.append(kKey1, kValue1);
  expect_same<float>(
      "values, slot after slot", read(cache, false, 2), {5, 6, 7, 8, 50, 60, 70, 80},
      {{misplaced(kValue0, kValue1, kKeyPlace, kValuePlace),
        "The values stand in the order of the keys. A value's numbers lie side by side: "
        "(head · capacity + slot) · head_dim + d."},
       {misplaced(kValue0, kValue1, kRowPlace, kValuePlace),
        "The rows were copied one after the other; each number has a place of its own in the "
        "header's layout."},
       {{1, 2, 3, 4, 10, 20, 30, 40}, "These are the keys; keys and values are swapped."}});
}

TEST(KvCacheAppend, StartsAgainAfterClear) {
  KvCache cache(kShape);
  cache.append(kKey0, kValue0);
  cache.clear();
  cache.append(kKey1, kValue1);
  expect_same<float>("keys after clear()", read(cache, true, 1), {10, 20, 30, 40},
                     {{{1, 2, 3, 4}, "After clear() the next token goes to slot 0 again."}});
}

TEST(KvCacheAppend, FullIsAnError) {
  KvCache cache(kShape);
  for (int i = 0; i < 3; ++i) cache.append(kKey0, kValue0);
  expect_error([&] { cache.append(kKey1, kValue1); }, "full",
               "This check is given: leave it above your lines.");
}

TEST(KvCacheAppend, RefusesRowsOfAnotherSize) {
  KvCache cache(kShape);
  expect_error([&] { cache.append(Floats(6), kValue0); }, "6",
               "This check is given: leave it above your lines.");
  expect_value("seen() after the refusal", cache.seen(), std::int64_t{0},
               {{1, "A refused token must not be counted."}});
}

TEST(KvCacheAppend, RefusesNumbersThatWouldSpoilEveryLaterToken) {
  KvCache cache(kShape);
  cache.append(kKey0, kValue0);
  expect_error(
      [&] {
        cache.append(Floats{1, kNan, 3, 4}, kValue1);
      },
      "nan", "A NaN in one key makes the weights of every later token NaN.");
  expect_error(
      [&] {
        cache.append(kKey1, Floats{1, 2, 3, kNan});
      },
      "nan",
      "A NaN in one value reaches every later token: 0 · NaN is NaN. Values need the check "
      "as well as keys.");
  expect_error(
      [&] {
        cache.append(Floats{-kInf, 2, 3, 4}, kValue1);
      },
      "inf", "An infinite key gives scores of infinity and weights of NaN: std::isfinite.");
  expect_error(
      [&] {
        cache.append(kKey1, Floats{1, 2, 3, kNan});
      },
      "value[3] of token 1", "Say where it is: which row, which number, which token.");
  expect_same<float>("the free slot's key after the refusals",
                     Floats{cache.key(0, 1, 0), cache.key(0, 1, 1), cache.key(1, 1, 0)}, {0, 0, 0},
                     {{{10, 20, 30},
                       "The key was stored before the value was checked: refuse first, change "
                       "afterwards."}});
  expect_value("seen() after the refusals", cache.seen(), std::int64_t{1});
}

// --- 17.3 scores, mix ---

TEST(KvCacheRead, ScoresByHand) {
  KvCache cache({.heads = 1, .head_dim = 2, .capacity = 3});
  cache.append(Floats{1, 2}, Floats{0, 0});
  cache.append(Floats{3, 4}, Floats{0, 0});
  Floats out(2, 99.0f);
  cache.scores(0, Floats{10, 1}, out);
  expect_same<float>(
      "scores", out, {12, 34},
      {{{13, 2}, "The keys were read as if each token's numbers stood side by side."},
       {{10, 32}, "The lines of two d lie `capacity` apart, not length()."},
       {{111, 133}, "What was in `out` before was added to: clear it first."},
       {{10, 30}, "Only the first number of each key took part."},
       {{2, 4}, "Only the last product was kept: add them up."}});
}

TEST(KvCacheRead, MixByHand) {
  KvCache cache({.heads = 1, .head_dim = 2, .capacity = 3});
  cache.append(Floats{0, 0}, Floats{1, 2});
  cache.append(Floats{0, 0}, Floats{3, 4});
  Floats out(2, 99.0f);
  cache.mix(0, Floats{0.25f, 0.75f}, out);
  expect_same<float>(
      "mixture", out, {2.5f, 3.5f},
      {{{1.75f, 3.75f}, "Each value was summed over its own numbers; sum over the slots."},
       {{101.5f, 102.5f}, "What was in `out` before was added to: clear it first."},
       {{2.25f, 3.0f}, "Only the last token's value took part: add them up."},
       {{0.0f, 0.0f}, "These are the keys' numbers; the mixture is one of values."},
       {{4.0f, 6.0f}, "The weights are missing: this is the plain sum of the values."}});
}

TEST(KvCacheRead, EachHeadReadsItsOwn) {
  KvCache cache(kShape);
  cache.append(kKey0, kValue0);
  cache.append(kKey1, kValue1);
  Floats scores(2), mixture(2);
  cache.scores(1, Floats{1, 1}, scores);
  expect_same<float>("scores of head 1", scores, {7, 70},
                     {{{3, 30}, "These are the scores of head 0: `head` was not used."}});
  cache.mix(1, Floats{1, 0.5f}, mixture);
  expect_same<float>("mixture of head 1", mixture, {42, 48},
                     {{{30, 36}, "This is the mixture of head 0: `head` was not used."}});
}

TEST(KvCacheRead, ReadsStoredTokensOnly) {
  KvCache cache(kShape);
  for (int i = 0; i < 3; ++i) cache.append(kKey1, kValue1);
  cache.clear();
  cache.append(kKey0, kValue0);
  Floats out(3, 99.0f);
  cache.scores(0, Floats{1, 1}, std::span(out).first(1));
  expect_same<float>(
      "scores of one token, and what lies behind them", out, {3, 99, 99},
      {{{3, 30, 30}, "Forgotten tokens were read, and written behind the end of `out`."}});
  Floats mixture(2);
  cache.mix(0, Floats{1}, mixture);
  expect_same<float>("mixture of one token", mixture, {5, 6});
}

TEST(KvCacheRead, AgreesWithThePlainSums) {
  Rng rng(3);
  const CacheShape shape{.heads = 3, .head_dim = 5, .capacity = 20};
  KvCache cache(shape);
  ListCache plain(shape);
  for (int i = 0; i < 17; ++i) {
    const Floats key = uniform(rng, 15), value = uniform(rng, 15);
    cache.append(key, value);
    plain.append(key, value);
  }
  for (std::int64_t h = 0; h < 3; ++h) {
    const Floats query = uniform(rng, 5), weights = uniform(rng, 17);
    Floats got(17), wanted(17), got_mix(5), wanted_mix(5);
    cache.scores(h, query, got);
    plain.scores(h, query, wanted);
    expect_near("scores of head " + teach::show(h), got, wanted, 1e-5f);
    cache.mix(h, weights, got_mix);
    plain.mix(h, weights, wanted_mix);
    expect_near("mixture of head " + teach::show(h), got_mix, wanted_mix, 1e-5f);
  }
}

}  // namespace
}  // namespace tinytorch::memoization
