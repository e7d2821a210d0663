#pragma once
// The engine's form of qat_linear()'s mask (qat.h). Internal.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/deployed/quantized_linear.h"

namespace tinytorch::quantization::detail {

// 1 where a sum of acc [n, out] became a code without being clipped, by the quantizer or by the
// ReLU, 0 elsewhere. Row by row and without branches, so that outputs are looked at several at a
// time.
std::vector<std::uint8_t> unclipped_sums(const QuantizedLinear& layer,
                                         std::span<const std::int32_t> acc);

}  // namespace tinytorch::quantization::detail
