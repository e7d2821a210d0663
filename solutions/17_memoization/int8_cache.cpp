// Part 5 of module 17: keys and values in int8.
#include "tinytorch/memoization/int8_cache.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/memoization/kv_cache.h"
#include "tinytorch/memoization/require.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::memoization {
// BEGIN SOLUTION 17.8 helper
namespace {

// One key or value of one head: its codes, and the scale it is given.
float quantize_row(std::span<const float> row, std::span<std::int8_t> codes) {
  float largest = 0.0f;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  const quantization::QParams params = quantization::choose_qparams_symmetric(largest, 8);
  quantization::quantize(row, params, quantization::symmetric_range(8), codes);
  return params.scale;
}

}  // namespace
// END SOLUTION 17.8

// TASK 17.8
void Int8KvCache::append(std::span<const float> key, std::span<const float> value) {
  require_room("int8_cache", *this);
  // Refuse first, as KvCache does: check_token. For each head, cut its numbers
  // out of the key, find their largest magnitude, let choose_qparams_symmetric and quantize do the
  // rest, and put codes and scale into their places. The same for the value.
  // Try it by hand first: 1 head of 2, key {2.54, -0.5}: scale 0.02, codes {127, -25}.
  // BEGIN SOLUTION 17.8
  check_token(shape(), seen(), key, value);
  const auto [heads, head_dim, capacity] = shape();
  const std::int64_t slot = length();
  const auto size = static_cast<std::size_t>(head_dim);
  std::vector<std::int8_t> codes(size);
  for (std::int64_t h = 0; h < heads; ++h) {
    const std::size_t begin = static_cast<std::size_t>(h) * size;
    const auto place = static_cast<std::size_t>(h * capacity + slot);
    key_scales_[place] = quantize_row(key.subspan(begin, size), codes);
    for (std::int64_t d = 0; d < head_dim; ++d) {
      key_codes_[static_cast<std::size_t>((h * head_dim + d) * capacity + slot)] =
          codes[static_cast<std::size_t>(d)];
    }
    value_scales_[place] = quantize_row(value.subspan(begin, size), codes);
    std::copy(codes.begin(), codes.end(),
              value_codes_.begin() + static_cast<std::ptrdiff_t>(place * size));
  }
  count_token();
  // END SOLUTION 17.8
}

// TASK 17.9
void Int8KvCache::scores(std::int64_t head, std::span<const float> query,
                         std::span<float> out) const {
  check_reading(head, query.size(), out.size());
  // As in float, with codes in place of numbers; each slot's scale is
  // common to all of its terms, so it can wait until the sum is complete.
  // Try it by hand first: codes {127, -25}, scale 0.02, query {1, 2}: (127 - 50) · 0.02 = 1.54.
  // BEGIN SOLUTION 17.9
  const std::int64_t capacity = shape().capacity;
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t d = 0; d < query.size(); ++d) {
    const std::int64_t line = head * shape().head_dim + static_cast<std::int64_t>(d);
    const std::int8_t* codes = key_codes_.data() + line * capacity;
    for (std::size_t s = 0; s < out.size(); ++s) out[s] += query[d] * static_cast<float>(codes[s]);
  }
  const float* scales = key_scales_.data() + head * capacity;
  for (std::size_t s = 0; s < out.size(); ++s) out[s] *= scales[s];
  // END SOLUTION 17.9
}

void Int8KvCache::mix(std::int64_t head, std::span<const float> weights,
                      std::span<float> out) const {
  check_reading(head, out.size(), weights.size());
  // Here the scale differs from term to term of a sum, so it cannot wait: multiply it into the
  // weight, once a slot.
  // Try it by hand first: codes {100, 50}, scale 0.02, weight 0.5: {1, 0.5}.
  // BEGIN SOLUTION 17.9
  std::fill(out.begin(), out.end(), 0.0f);
  const float* scales = value_scales_.data() + head * shape().capacity;
  const std::int8_t* codes = value_codes_.data() + head * shape().capacity * shape().head_dim;
  for (std::size_t s = 0; s < weights.size(); ++s) {
    const float weight = weights[s] * scales[s];
    for (std::size_t d = 0; d < out.size(); ++d) out[d] += weight * static_cast<float>(*codes++);
  }
  // END SOLUTION 17.9
}

}  // namespace tinytorch::memoization
