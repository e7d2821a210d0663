// Learner tests of part 1: what remembering costs.
#include "tinytorch/memoization/cache_size.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/teach.h"
#include "tinytorch/memoization/int8_cache.h"
#include "tinytorch/memoization/kv_cache.h"

namespace tinytorch::memoization {
namespace {

using teach::expect_error;
using teach::expect_value;

constexpr ModelSizes kSmall{.layers = 1, .heads = 2, .head_dim = 4};
constexpr ModelSizes kCourse{.layers = 4, .heads = 4, .head_dim = 32};

// --- 17.1 cache_bytes, tokens_within ---

TEST(CacheBytes, FloatByHand) {
  expect_value("bytes of 3 tokens in float32", cache_bytes(kSmall, 3, Format::kFloat32),
               std::int64_t{192},
               {{96, "Keys or values are missing: a token leaves one of each."},
                {48, "These are numbers, not bytes: a float takes 4."},
                {64, "These are the bytes of one token; the cache holds 3."},
                {24, "The numbers of one head of one kind: 2 kinds, every head, 4 bytes each."}});
}

TEST(CacheBytes, Int8ByHand) {
  expect_value(
      "bytes of 3 tokens in int8", cache_bytes(kSmall, 3, Format::kInt8), std::int64_t{96},
      {{48, "The scales are missing: each key and each value has a float of its own."},
       {192, "This is the float32 cache; `format` was not asked."},
       {60, "A scale is a float of 4 bytes, not of 1."},
       {50, "One scale for the whole cache was counted; every key and value has one."},
       {54, "One scale a token was counted; each key and each value of each head has one."},
       {72, "Keys and values have a scale each; only one of the two was counted."}});
}

TEST(CacheBytes, EveryLayerHasItsOwn) {
  expect_value("bytes of 64 tokens", cache_bytes(kCourse, 64, Format::kFloat32),
               std::int64_t{262'144}, {{65'536, "Only one layer was counted."}});
  expect_value("bytes in int8", cache_bytes(kCourse, 64, Format::kInt8), std::int64_t{73'728},
               {{18'432, "Only one layer was counted."}});
  expect_value("bytes of 0 tokens", cache_bytes(kCourse, 0, Format::kInt8), std::int64_t{0});
}

TEST(CacheBytes, LargeModelsLeave32BitsBehind) {
  const ModelSizes seven_billion{.layers = 32, .heads = 32, .head_dim = 128};
  expect_value("bytes of 4096 tokens", cache_bytes(seven_billion, 4096, Format::kFloat32),
               std::int64_t{4'294'967'296},
               {{0, "2^32 bytes wrapped around to 0 in 32 bits: compute in std::int64_t."}});
}

TEST(CacheBytes, IsWhatTheCachesReallyHold) {
  const CacheShape shape{.heads = 2, .head_dim = 4, .capacity = 5};
  expect_value("cache_bytes for a KvCache of 5 tokens", cache_bytes(kSmall, 5, Format::kFloat32),
               KvCache(shape).bytes());
  expect_value("cache_bytes for an Int8KvCache of 5 tokens", cache_bytes(kSmall, 5, Format::kInt8),
               Int8KvCache(shape).bytes());
}

TEST(CacheBytes, BudgetToTokens) {
  expect_value("tokens within 10,000 bytes", tokens_within(kCourse, 10'000, Format::kFloat32),
               std::int64_t{2},
               {{3, "Rounded up: the third token needs more bytes than are left."}});
  expect_value("tokens within 4,096 bytes", tokens_within(kCourse, 4'096, Format::kFloat32),
               std::int64_t{1}, {{0, "A token that fits exactly does fit."}});
  expect_value("tokens within 4,095 bytes", tokens_within(kCourse, 4'095, Format::kFloat32),
               std::int64_t{0}, {{1, "Rounded up: one byte is missing."}});
  expect_value("tokens within 10,000 bytes in int8", tokens_within(kCourse, 10'000, Format::kInt8),
               std::int64_t{8}, {{2, "This is the float32 cache; `format` was not asked."}});
}

TEST(CacheBytes, RefusesWhatHasNoAnswer) {
  expect_error(
      [] {
        (void)cache_bytes({0, 2, 4}, 3, Format::kInt8);
      },
      "layers", "This check is given: leave it above your lines.");
  expect_error(
      [] {
        (void)cache_bytes(kSmall, std::numeric_limits<std::int64_t>::max() / 2, Format::kFloat32);
      },
      "4611686018427387903",
      "The product is more than 64 bits can count: ask before you multiply, since a wrapped number "
      "of bytes looks like any other.");
}

}  // namespace
}  // namespace tinytorch::memoization
