#pragma once
// Guards of the compression room: what its contracts demand, one line each (see core/require.h).
// Each throws Error when the condition does not hold, and names what was given. Given
// (require.cpp).

#include <cstdint>
#include <span>
#include <string_view>

#include "tinytorch/core/tensor.h"

namespace tinytorch::compression {

// "prune: ratio must be at least 0 and less than 1, got 1.5"; NaN is neither.
void require_ratio(std::string_view operation, double ratio);

// The same, and something must stay: "keep_largest: ratio 0.9 would leave none of 4 weights".
void require_ratio(std::string_view operation, double ratio, std::int64_t count,
                   std::string_view what);

// A weight has rows: "kept_channels: weight must be [out, …] with values, got [2]".
void require_rows(std::string_view operation, const Tensor& weight);

// Numbers of channels that stay: at least one, ascending, each once, below `count`.
void require_channels(std::string_view operation, std::span<const std::int64_t> channels,
                      std::int64_t count);

// The same of dimension 1, which holds `width` neighbouring inputs for each channel.
void require_input_channels(std::string_view operation, const Tensor& weight,
                            std::span<const std::int64_t> channels, std::int64_t width);

// Singular values are finite, not negative, and descend.
void require_singular_values(std::string_view operation, std::span<const float> values);

// "largest_saving_rank: a layer 0 × 4 must have at least one input and one output"; and twice the
// number of its weights must fit in 64 bits.
void require_layer_size(std::string_view operation, std::int64_t in, std::int64_t out);

}  // namespace tinytorch::compression
