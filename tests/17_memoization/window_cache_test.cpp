// Learner tests of part 6: a memory that never fills up.
#include "tinytorch/memoization/window_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/17_memoization/support.h"

namespace tinytorch::memoization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_no_error;
using teach::expect_same;
using teach::expect_value;

Ids slots(std::int64_t count, std::int64_t capacity, std::int64_t sinks) {
  Ids out;
  for (std::int64_t seen = 0; seen < count; ++seen) {
    out.push_back(window_slot(seen, capacity, sinks));
  }
  return out;
}

// Token number n has key {n} and value {10n}.
void append_numbered(WindowKvCache& cache, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto n = static_cast<float>(cache.seen());
    cache.append(Floats{n}, Floats{10.0f * n});
  }
}

// The numbers of the tokens that are still there, ascending.
Floats remembered(const WindowKvCache& cache) {
  Floats numbers;
  for (std::int64_t s = 0; s < cache.length(); ++s) numbers.push_back(cache.key(0, s, 0));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// --- 17.10 window_slot, append ---

TEST(WindowCache, SlotsRollBehindTheSinks) {
  expect_same<std::int64_t>(
      "slots of tokens 0 to 7, capacity 4, 1 sink", slots(8, 4, 1), {0, 1, 2, 3, 1, 2, 3, 1},
      {{{0, 1, 2, 3, 0, 1, 2, 3}, "The sink was overwritten: the ring begins behind the sinks."},
       {{0, 1, 2, 3, 2, 3, 1, 2},
        "The ring starts in the middle: token `capacity` takes the oldest slot, which is slot "
        "`sinks`. Count from the sinks on: (seen − sinks) mod (capacity − sinks)."},
       {{0, 1, 2, 3, 3, 3, 3, 3}, "Only the last slot changes: the oldest token is another one."},
       {{0, 1, 2, 3, 1, 2, 3, 4}, "Slot 4 does not exist: the ring has capacity − sinks slots."},
       {{1, 2, 3, 1, 2, 3, 1, 2},
        "The sinks' slots are never filled: the first tokens are them."}});
}

TEST(WindowCache, WithoutSinksItIsAPlainRing) {
  expect_same<std::int64_t>("slots of tokens 0 to 6, capacity 3", slots(7, 3, 0),
                            {0, 1, 2, 0, 1, 2, 0});
  expect_value("slot of token 10^12, capacity 7, 2 sinks", window_slot(1'000'000'000'000, 7, 2),
               std::int64_t{5});
}

TEST(WindowCache, IsNeverFull) {
  WindowKvCache cache({.heads = 1, .head_dim = 1, .capacity = 3});
  expect_no_error([&] { append_numbered(cache, 10); },
                  "A window makes room by forgetting; it never refuses a token for its number.");
}

TEST(WindowCache, TheNewestStay) {
  WindowKvCache cache({.heads = 1, .head_dim = 1, .capacity = 3});
  append_numbered(cache, 8);
  expect_same<float>("tokens remembered after 8, capacity 3", remembered(cache), {5, 6, 7},
                     {{{0, 1, 2}, "The oldest stayed and the newest were dropped."},
                      {{0, 1, 7}, "Only the last slot was overwritten."}});
}

TEST(WindowCache, TheSinksStayToo) {
  WindowKvCache cache({.heads = 1, .head_dim = 1, .capacity = 4}, 2);
  append_numbered(cache, 11);
  expect_same<float>("tokens remembered after 11, capacity 4, 2 sinks", remembered(cache),
                     {0, 1, 9, 10},
                     {{{7, 8, 9, 10}, "The sinks were forgotten: pass sinks_ on to window_slot."}});
}

TEST(WindowCache, CountsEveryToken) {
  WindowKvCache cache({.heads = 1, .head_dim = 1, .capacity = 3});
  append_numbered(cache, 10);
  expect_value("seen()", cache.seen(), std::int64_t{10},
               {{3, "seen() is the next token's position: count every token."}});
  expect_value("length()", cache.length(), std::int64_t{3});
}

TEST(WindowCache, ValuesMoveWithTheirKeys) {
  WindowKvCache cache({.heads = 1, .head_dim = 1, .capacity = 3});
  append_numbered(cache, 5);
  Floats scores(3), mixture(1);
  cache.scores(0, Floats{1}, scores);
  cache.mix(0, scores, mixture);
  // Tokens 2, 3, 4 with weights 2, 3, 4: 2·20 + 3·30 + 4·40.
  expect_near("Σ key · value over the window", mixture, {290.0f}, 1e-4f);
}

TEST(WindowCache, IsAnOrdinaryCacheUntilItIsFull) {
  Rng rng(2);
  const CacheShape shape{.heads = 2, .head_dim = 3, .capacity = 6};
  WindowKvCache window(shape, 1);
  KvCache plain(shape);
  for (int i = 0; i < 6; ++i) {
    const Floats key = uniform(rng, 6), value = uniform(rng, 6);
    window.append(key, value);
    plain.append(key, value);
  }
  Floats got(6), wanted(6);
  const Floats query{1, -2, 3};
  window.scores(1, query, got);
  plain.scores(1, query, wanted);
  expect_same<float>("scores of six tokens in six slots", got, wanted);
}

TEST(WindowCache, RefusesWhatHasNoAnswer) {
  expect_error([] { (void)window_slot(0, 4, 4); }, "4 sinks",
               "This check is given: leave it above your lines.");
  WindowKvCache cache({.heads = 1, .head_dim = 1, .capacity = 2});
  expect_error([&] { cache.append(Floats{std::numeric_limits<float>::quiet_NaN()}, Floats{1}); },
               "nan", "A window checks its tokens like any cache: check_token.");
  expect_value("seen() after the refusal", cache.seen(), std::int64_t{0});
}

}  // namespace
}  // namespace tinytorch::memoization
