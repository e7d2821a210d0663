#pragma once
// The key-value cache in int8, about a quarter of the bytes.
// You write this part: int8_cache.cpp (memoization module).
//
// Every key and every value of every head gets a symmetric scale of its own the moment it arrives:
//     scale = max_d |x[d]| / 127,    code[d] = saturate(rint(x[d] / scale))     (dialect `ort`)
// with choose_qparams_symmetric, quantize and symmetric_range(8) of tinytorch/quantization. Nothing
// has to be calibrated, no later token changes an earlier code, and a head with large numbers does
// not coarsen one with small ones. The layout is that of kv_cache.h; scales are [heads, capacity]:
//     head · capacity + slot

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/memoization/layer_cache.h"

namespace tinytorch::memoization {

class Int8KvCache : public LayerCache {
 public:
  explicit Int8KvCache(CacheShape shape)
      : LayerCache(shape),
        key_codes_(static_cast<std::size_t>(shape.heads * shape.head_dim * shape.capacity)),
        value_codes_(key_codes_.size()),
        key_scales_(static_cast<std::size_t>(shape.heads * shape.capacity)),
        value_scales_(key_scales_.size()) {}

  // Task: check_token(), then codes and scales of the token go into slot length(), and it is
  // counted. A call that throws changes nothing. A given line refuses a token when there is no slot
  // left.
  void append(std::span<const float> key, std::span<const float> value) override;

  // Task: The two sums of layer_cache.h with x̂ = code · scale for x, the codes read as they
  // are stored: no float copy of a key or value is made.
  //     out[s] = key_scale_s · Σ_d query[d] · key_code_s[d]
  //     out[d] = Σ_s (weights[s] · value_scale_s) · value_code_s[d]
  // Given lines refuse as KvCache's do.
  void scores(std::int64_t head, std::span<const float> query, std::span<float> out) const override;
  void mix(std::int64_t head, std::span<const float> weights, std::span<float> out) const override;

  std::int64_t bytes() const override {
    return static_cast<std::int64_t>(key_codes_.size() + value_codes_.size() +
                                     (key_scales_.size() + value_scales_.size()) * sizeof(float));
  }
  // What is stored. All four throw Error beyond the buffers.
  std::int8_t key_code(std::int64_t head, std::int64_t slot, std::int64_t d) const {
    check_place(head, slot, d);
    return key_codes_[static_cast<std::size_t>((head * shape().head_dim + d) * shape().capacity +
                                               slot)];
  }
  std::int8_t value_code(std::int64_t head, std::int64_t slot, std::int64_t d) const {
    check_place(head, slot, d);
    return value_codes_[static_cast<std::size_t>(
        (head * shape().capacity + slot) * shape().head_dim + d)];
  }
  float key_scale(std::int64_t head, std::int64_t slot) const {
    check_place(head, slot);
    return key_scales_[static_cast<std::size_t>(head * shape().capacity + slot)];
  }
  float value_scale(std::int64_t head, std::int64_t slot) const {
    check_place(head, slot);
    return value_scales_[static_cast<std::size_t>(head * shape().capacity + slot)];
  }

 private:
  std::vector<std::int8_t> key_codes_;
  std::vector<std::int8_t> value_codes_;
  std::vector<float> key_scales_;
  std::vector<float> value_scales_;
};

}  // namespace tinytorch::memoization
