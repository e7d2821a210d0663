// Part 2 of module 17: keys and values in float32.
#include "tinytorch/memoization/kv_cache.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {
// BEGIN SOLUTION 17.2 helper
namespace {

void check_finite(const char* name, std::int64_t seen, std::span<const float> row) {
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (!std::isfinite(row[at])) {
      throw Error(concat("cache: ", name, "[", at, "] of token ", seen, " is ", row[at]));
    }
  }
}

}  // namespace
// END SOLUTION 17.2

// TASK 17.2
void check_token(const CacheShape& shape, std::int64_t seen, std::span<const float> key,
                 std::span<const float> value) {
  require_token_size("cache", shape, key.size(), value.size());
  // std::isfinite for every number of the key and of the value.
  // Try it by hand first: key {1, NaN}, token 3: "cache: key[1] of token 3 is nan".
  // BEGIN SOLUTION 17.2
  check_finite("key", seen, key);
  check_finite("value", seen, value);
  // END SOLUTION 17.2
}

void KvCache::store(std::int64_t slot, std::span<const float> key, std::span<const float> value) {
  // Number d of head h stands at h · head_dim + d of the row, and goes to the place that the
  // header's layout gives: another one for keys than for values.
  // Try it by hand first: 1 head of 2, capacity 3, {5, 6} into slot 1: keys_ {-, 5, -, -, 6, -},
  // values_ {-, -, 5, 6, -, -}.
  // BEGIN SOLUTION 17.2
  const auto [heads, head_dim, capacity] = shape();
  for (std::int64_t h = 0; h < heads; ++h) {
    for (std::int64_t d = 0; d < head_dim; ++d) {
      const auto from = static_cast<std::size_t>(h * head_dim + d);
      const std::int64_t key_place = (h * head_dim + d) * capacity + slot;
      const std::int64_t value_place = (h * capacity + slot) * head_dim + d;
      keys_[static_cast<std::size_t>(key_place)] = key[from];
      values_[static_cast<std::size_t>(value_place)] = value[from];
    }
  }
  // END SOLUTION 17.2
}

void KvCache::append(std::span<const float> key, std::span<const float> value) {
  require_room("kv_cache", *this);
  // Refuse a bad token first, change afterwards. count_token() makes length() one larger.
  // Try it by hand first: two tokens: the second goes into slot 1, and length() is 2.
  // BEGIN SOLUTION 17.2
  check_token(shape(), seen(), key, value);
  store(length(), key, value);
  count_token();
  // END SOLUTION 17.2
}

// TASK 17.3
void KvCache::scores(std::int64_t head, std::span<const float> query, std::span<float> out) const {
  check_reading(head, query.size(), out.size());
  // Clear out, then for each d add query[d] times the line of keys_ that
  // belongs to it. The inner loop runs over the slots, which stand side by side; only length() of
  // them hold tokens.
  // Try it by hand first: keys {1, 2} and {3, 4}, query {10, 1} → {12, 34}.
  // BEGIN SOLUTION 17.3
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t d = 0; d < query.size(); ++d) {
    const std::int64_t line = head * shape().head_dim + static_cast<std::int64_t>(d);
    const float* keys = keys_.data() + line * shape().capacity;
    for (std::size_t s = 0; s < out.size(); ++s) out[s] += query[d] * keys[s];
  }
  // END SOLUTION 17.3
}

void KvCache::mix(std::int64_t head, std::span<const float> weights, std::span<float> out) const {
  check_reading(head, out.size(), weights.size());
  // Clear out, then for each slot add weights[slot] times its value. Here the numbers of one slot
  // stand side by side.
  // Try it by hand first: values {1, 2} and {3, 4}, weights {0.25, 0.75} → {2.5, 3.5}.
  // BEGIN SOLUTION 17.3
  std::fill(out.begin(), out.end(), 0.0f);
  const float* values = values_.data() + head * shape().capacity * shape().head_dim;
  for (std::size_t s = 0; s < weights.size(); ++s) {
    for (std::size_t d = 0; d < out.size(); ++d) out[d] += weights[s] * *values++;
  }
  // END SOLUTION 17.3
}

}  // namespace tinytorch::memoization
