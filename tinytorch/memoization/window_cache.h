#pragma once
// A cache that never fills up: the newest token takes the place of the oldest.
// You write this part: window_cache.cpp (memoization module).
//
// Slots are not moved. Softmax and the mixture are sums over slots, and a sum does not ask in which
// order its terms stand; where a token stood in the text is in its key already.
// The first `sinks` tokens are never forgotten: models learn to rest unused attention on them, and
// fall apart when they are gone (Xiao et al., "Efficient streaming language models with attention
// sinks", 2023).

#include <cstdint>
#include <limits>
#include <span>

#include "tinytorch/memoization/kv_cache.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {

// Task: The slot of the token that comes after `seen` others:
//     seen                                               while there are free slots,
//     sinks + (seen − sinks) mod (capacity − sinks)      from then on.
// Example: capacity 4, sinks 1: tokens 0, 1, 2, … go to slots 0, 1, 2, 3, 1, 2, 3, 1, …
// Given lines refuse a negative `seen`, and sinks outside [0, capacity).
std::int64_t window_slot(std::int64_t seen, std::int64_t capacity, std::int64_t sinks);

class WindowKvCache : public KvCache {
 public:
  // Throws Error unless 0 <= sinks < capacity.
  explicit WindowKvCache(CacheShape shape, std::int64_t sinks = 0) : KvCache(shape), sinks_(sinks) {
    require_sinks("WindowKvCache", shape.capacity, sinks);
  }

  std::int64_t sinks() const { return sinks_; }
  std::int64_t room() const override { return std::numeric_limits<std::int64_t>::max(); }
  // Task: check_token(), then store() into the token's slot; it is counted.
  void append(std::span<const float> key, std::span<const float> value) override;

 private:
  std::int64_t sinks_;
};

}  // namespace tinytorch::memoization
