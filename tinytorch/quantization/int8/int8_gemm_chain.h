#pragma once
// The product that a chain of deployed layers runs on: uint8 codes in, uint8 codes out, so that
// what one layer writes is what the next one's vpdpbusd multiplies. Given.

#include <cstdint>
#include <span>

#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

// codes[n, o] = clamp(rint((bias[o] + Σ_k x[n, k] · weight[o, k]) · multipliers[o]) + zero_point,
// range), zero_point and range of `requantization` within 0 … 255. Since x is unsigned, bias is
// folded with a zero-point within 0 … 255 too. Throws Error as int8_gemm_requantized does.
void int8_gemm_chain(std::span<const std::uint8_t> x, const PackedWeights& weight,
                     std::span<const std::int32_t> bias, const Requantization& requantization,
                     std::span<std::uint8_t> codes, Isa isa);

}  // namespace tinytorch::quantization
