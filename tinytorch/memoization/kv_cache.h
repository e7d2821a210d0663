#pragma once
// The key-value cache in float32.
// You write this part: kv_cache.cpp (memoization module).
//
// Memory is taken once, for `capacity` tokens, and laid out for the loops that read it. A score is
// a sum over d for every slot, so keys stand with the slots of one d side by side; a mixture is a
// sum over the slots for every d, so values stand with the d of one slot side by side:
//     keys_  [heads, head_dim, capacity]:   (head · head_dim + d) · capacity + slot
//     values_[heads, capacity, head_dim]:   (head · capacity + slot) · head_dim + d
// Both inner loops then run over neighbours and write to neighbours, which the compiler turns into
// vector instructions.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/memoization/layer_cache.h"

namespace tinytorch::memoization {

// Task: What may enter a cache: finite numbers only. A single NaN would spoil every token that
// comes after it. Throws Error naming the value and its place:
//     "cache: value[3] of token 17 is nan"          token: `seen`, counted from 0
// A given line refuses a key or a value of other than heads · head_dim numbers.
// `shape` is that of a LayerCache, which has seen to its sizes.
void check_token(const CacheShape& shape, std::int64_t seen, std::span<const float> key,
                 std::span<const float> value);

class KvCache : public LayerCache {
 public:
  explicit KvCache(CacheShape shape)
      : LayerCache(shape),
        keys_(static_cast<std::size_t>(shape.heads * shape.head_dim * shape.capacity)),
        values_(keys_.size()) {}

  // Task: check_token(), then the token goes into slot length() and is counted.
  // A call that throws changes nothing. A given line refuses a token when there is no slot left.
  void append(std::span<const float> key, std::span<const float> value) override;

  // Task: The two sums of layer_cache.h. A given line refuses heads and sizes that do not exist.
  void scores(std::int64_t head, std::span<const float> query, std::span<float> out) const override;
  void mix(std::int64_t head, std::span<const float> weights, std::span<float> out) const override;

  std::int64_t bytes() const override {
    return static_cast<std::int64_t>((keys_.size() + values_.size()) * sizeof(float));
  }
  // What is stored, by the layout above. Both throw Error beyond the buffers.
  float key(std::int64_t head, std::int64_t slot, std::int64_t d) const {
    check_place(head, slot, d);
    return keys_[static_cast<std::size_t>((head * shape().head_dim + d) * shape().capacity + slot)];
  }
  float value(std::int64_t head, std::int64_t slot, std::int64_t d) const {
    check_place(head, slot, d);
    return values_[static_cast<std::size_t>((head * shape().capacity + slot) * shape().head_dim +
                                            d)];
  }

 protected:
  // Task: Writes a checked token into `slot`, over whatever was there. Counts nothing.
  void store(std::int64_t slot, std::span<const float> key, std::span<const float> value);

 private:
  std::vector<float> keys_;
  std::vector<float> values_;
};

}  // namespace tinytorch::memoization
