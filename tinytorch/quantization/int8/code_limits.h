#pragma once
// What the integers of a layer may be so that no int32 sum of it wraps. Given; the layers ask when
// they are built and the files when they are read.
//
// With |bias| <= kMaxBiasCode, |weight| <= 127 and at most kMaxInputFeatures weights a window,
//     |bias + Σ (x - zero_point) · w| <= 2^30 + 33 155 · 255 · 127 < 2^31.

#include <cstdint>
#include <span>
#include <string_view>

namespace tinytorch::quantization {

// Throws Error beginning with `who` and naming code and output when |bias[o]| > kMaxBiasCode.
void require_bias_fits(std::string_view who, std::span<const std::int32_t> bias);

// Throws Error beginning with `who` and naming the code and its place unless bits is 2 to 8 and
// every code lies within symmetric_range(bits).
void require_codes_fit(std::string_view who, std::span<const std::int8_t> codes, int bits);

}  // namespace tinytorch::quantization
