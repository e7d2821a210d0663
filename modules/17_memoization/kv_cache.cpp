// Part 2 of module 17: keys and values in float32.
#include "tinytorch/memoization/kv_cache.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {

// TASK 17.2
void check_token(const CacheShape& shape, std::int64_t seen, std::span<const float> key,
                 std::span<const float> value) {
  require_token_size("cache", shape, key.size(), value.size());
  // std::isfinite for every number of the key and of the value.
  // Try it by hand first: key {1, NaN}, token 3: "cache: key[1] of token 3 is nan".
  throw tinytorch::not_implemented("17.2");
}

void KvCache::store(std::int64_t slot, std::span<const float> key, std::span<const float> value) {
  // Number d of head h stands at h · head_dim + d of the row, and goes to the place that the
  // header's layout gives: another one for keys than for values.
  // Try it by hand first: 1 head of 2, capacity 3, {5, 6} into slot 1: keys_ {-, 5, -, -, 6, -},
  // values_ {-, -, 5, 6, -, -}.
  throw tinytorch::not_implemented("17.2");
}

void KvCache::append(std::span<const float> key, std::span<const float> value) {
  require_room("kv_cache", *this);
  // Refuse a bad token first, change afterwards. count_token() makes length() one larger.
  // Try it by hand first: two tokens: the second goes into slot 1, and length() is 2.
  throw tinytorch::not_implemented("17.2");
}

// TASK 17.3
void KvCache::scores(std::int64_t head, std::span<const float> query, std::span<float> out) const {
  check_reading(head, query.size(), out.size());
  // Clear out, then for each d add query[d] times the line of keys_ that
  // belongs to it. The inner loop runs over the slots, which stand side by side; only length() of
  // them hold tokens.
  // Try it by hand first: keys {1, 2} and {3, 4}, query {10, 1} → {12, 34}.
  throw tinytorch::not_implemented("17.3");
}

void KvCache::mix(std::int64_t head, std::span<const float> weights, std::span<float> out) const {
  check_reading(head, out.size(), weights.size());
  // Clear out, then for each slot add weights[slot] times its value. Here the numbers of one slot
  // stand side by side.
  // Try it by hand first: values {1, 2} and {3, 4}, weights {0.25, 0.75} → {2.5, 3.5}.
  throw tinytorch::not_implemented("17.3");
}

}  // namespace tinytorch::memoization
