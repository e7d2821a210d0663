#pragma once
// The engine's form of channel_scales() (affine.h). Internal.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tinytorch::quantization::detail {

// The same scales, bit for bit, with the largest magnitudes found as integers (float_order.h):
// several weights at a time, where a maximum of floats waits for the one before. Nothing when a
// weight is not finite. `channels` divides the weights.
std::optional<std::vector<float>> channel_scales(std::span<const float> weight,
                                                 std::int64_t channels, int bits);

}  // namespace tinytorch::quantization::detail
