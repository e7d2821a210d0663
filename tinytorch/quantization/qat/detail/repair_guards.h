#pragma once
// What the functions of repair.h demand of their arguments. Given; each throws Error naming the
// condition and what it was given.

#include <span>
#include <string_view>

#include "tinytorch/quantization/qat/repair.h"

namespace tinytorch::quantization {

// There is a bias for each row, columns_per_input divides a row, and the weights are finite.
void require_layer(std::string_view operation, const LayerView& layer);

// As many channels before as behind; no range is negative or not finite, and r1[c] / r2[c], where
// neither is 0, lies within kMinApart to kMaxApart.
void require_ranges(std::string_view operation, std::span<const float> r1,
                    std::span<const float> r2);

// Each bias divided by its scale must be finite.
void require_quotients(std::string_view operation, std::span<const float> bias,
                       std::span<const float> scales);

// Both outputs must have as many values, whole rows of `channels`, and at least one row.
void require_outputs(std::string_view operation, std::span<const float> reference,
                     std::span<const float> quantized, std::size_t channels);

}  // namespace tinytorch::quantization
