// Part 6 of module 17: a memory that never fills up.
#include "tinytorch/memoization/window_cache.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {

// TASK 17.10
std::int64_t window_slot(std::int64_t seen, std::int64_t capacity, std::int64_t sinks) {
  require_sinks("window_slot", capacity, sinks);
  require_at_least("window_slot", "tokens seen", seen, 0);
  // A ring of capacity − sinks slots behind the sinks.
  // Try it by hand first: capacity 4, sinks 1, token 5: 1 + (5 − 1) mod 3 = 2.
  throw tinytorch::not_implemented("17.10");
}

void WindowKvCache::append(std::span<const float> key, std::span<const float> value) {
  // Check, store, count. seen() goes on counting for ever, length() stops at the capacity.
  // Try it by hand first: capacity 2, no sinks: the third token goes into slot 0.
  throw tinytorch::not_implemented("17.10");
}

}  // namespace tinytorch::memoization
