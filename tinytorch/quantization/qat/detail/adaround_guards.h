#pragma once
// What adaround demands of its arguments. Given; throws Error naming the condition and what it was
// given.

#include <span>
#include <string_view>

#include "tinytorch/quantization/qat/adaround.h"

namespace tinytorch::quantization {

// Weights are whole rows, one for each scale; in · in moments belong to rows of `in`. Weights,
// moments and options must be finite, scales positive, bits 2 to 8 and steps at least 0.
void require_rounding(std::string_view operation, std::span<const float> weight,
                      std::span<const float> scales, std::span<const float> moments,
                      const AdaRoundOptions& options);

}  // namespace tinytorch::quantization
