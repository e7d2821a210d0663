// Part 5 of module 17: keys and values in int8.
#include "tinytorch/memoization/int8_cache.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/memoization/kv_cache.h"
#include "tinytorch/memoization/require.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::memoization {

// TASK 17.8
void Int8KvCache::append(std::span<const float> key, std::span<const float> value) {
  require_room("int8_cache", *this);
  // Refuse first, as KvCache does: check_token. For each head, cut its numbers
  // out of the key, find their largest magnitude, let choose_qparams_symmetric and quantize do the
  // rest, and put codes and scale into their places. The same for the value.
  // Try it by hand first: 1 head of 2, key {2.54, -0.5}: scale 0.02, codes {127, -25}.
  throw tinytorch::not_implemented("17.8");
}

// TASK 17.9
void Int8KvCache::scores(std::int64_t head, std::span<const float> query,
                         std::span<float> out) const {
  check_reading(head, query.size(), out.size());
  // As in float, with codes in place of numbers; each slot's scale is
  // common to all of its terms, so it can wait until the sum is complete.
  // Try it by hand first: codes {127, -25}, scale 0.02, query {1, 2}: (127 - 50) · 0.02 = 1.54.
  throw tinytorch::not_implemented("17.9");
}

void Int8KvCache::mix(std::int64_t head, std::span<const float> weights,
                      std::span<float> out) const {
  check_reading(head, out.size(), weights.size());
  // Here the scale differs from term to term of a sum, so it cannot wait: multiply it into the
  // weight, once a slot.
  // Try it by hand first: codes {100, 50}, scale 0.02, weight 0.5: {1, 0.5}.
  throw tinytorch::not_implemented("17.9");
}

}  // namespace tinytorch::memoization
