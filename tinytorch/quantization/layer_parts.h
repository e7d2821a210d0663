#pragma once
// What every deployed layer asks of its parts before it computes with them. Internal to
// QuantizedLinear and QuantizedConv2d.

#include <cstdint>
#include <span>
#include <string_view>

#include "tinytorch/quantization/qtypes.h"

namespace tinytorch::quantization {

// Throws Error naming `layer` on an input grid that is none, a width that is not 2 to 8, and a bias
// beyond ±kMaxBiasCode, with which the int32 sums could wrap.
void require_layer_parts(std::string_view layer, QParams input, int weight_bits,
                         std::span<const std::int32_t> bias);

}  // namespace tinytorch::quantization
