#pragma once
// What one attention layer remembers of the tokens it has seen, and the two things attention asks
// of it. The formats differ (float, int8, a rolling window); attention does not notice.
// Given (layer_cache.cpp).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tinytorch::memoization {

struct CacheShape {
  std::int64_t heads = 1;
  std::int64_t head_dim = 1;
  std::int64_t capacity = 1;  // tokens
  bool operator==(const CacheShape&) const = default;
};

// Tokens are stored in slots 0 to length() − 1. A key or a value of one token is a row of
// heads · head_dim numbers, head after head: number d of head h stands at h · head_dim + d.
class LayerCache {
 public:
  // Throws Error unless all three sizes are at least 1 and int64 can count the bytes.
  explicit LayerCache(CacheShape shape);
  virtual ~LayerCache() = default;
  LayerCache(const LayerCache&) = delete;
  LayerCache& operator=(const LayerCache&) = delete;

  const CacheShape& shape() const { return shape_; }
  // Tokens appended since the start, whether they are still stored or not: the position of the
  // next.
  std::int64_t seen() const { return seen_; }
  // Tokens stored.
  std::int64_t length() const { return std::min(seen_, shape_.capacity); }
  // How many tokens may still be appended.
  virtual std::int64_t room() const { return shape_.capacity - length(); }
  // Forgets everything and keeps the memory.
  void clear() { seen_ = 0; }

  // Stores the key and the value of the next token, [heads · head_dim] each.
  virtual void append(std::span<const float> key, std::span<const float> value) = 0;
  // out[s] = Σ_d query[d] · key_s[d] with the keys of `head`: query [head_dim], out [length()].
  virtual void scores(std::int64_t head, std::span<const float> query,
                      std::span<float> out) const = 0;
  // out[d] = Σ_s weights[s] · value_s[d] with the values of `head`: weights [length()],
  // out [head_dim].
  virtual void mix(std::int64_t head, std::span<const float> weights,
                   std::span<float> out) const = 0;
  // Bytes of the buffers that are really held, whatever is stored in them.
  virtual std::int64_t bytes() const = 0;

 protected:
  void count_token() { ++seen_; }
  // For the two functions that read: throws Error unless `head` is in [0, heads), the side that
  // runs over d has head_dim numbers and the one that runs over slots has length().
  void check_reading(std::int64_t head, std::size_t over_d, std::size_t over_slots) const;
  // For those that show one number: throws Error unless it lies in the buffers, `head` in [0,
  // heads), `slot` in [0, capacity) and `d` in [0, head_dim). From slot length() on nothing is
  // stored yet: there stands what stood there before, 0 at first.
  void check_place(std::int64_t head, std::int64_t slot, std::int64_t d = 0) const;

 private:
  CacheShape shape_;
  std::int64_t seen_ = 0;
};

}  // namespace tinytorch::memoization
