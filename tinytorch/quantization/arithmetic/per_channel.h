#pragma once
// Codes with a scale for each row, back to real numbers. Given; the reverse of
// quantize_per_channel() (affine.h).

#include <cstdint>
#include <span>

namespace tinytorch::quantization {

// x[o, k] = codes[o, k] · scales[o], [scales.size(), k] row-major, each row by dequantize().
// Throws Error when there is no scale, they do not divide the codes, or the sizes differ.
void dequantize_per_channel(std::span<const std::int8_t> codes, std::span<const float> scales,
                            std::span<float> x);

}  // namespace tinytorch::quantization
