#pragma once
// Affine quantization: real numbers to int8 codes and back.
// You write this part: affine.cpp (quantization module). Checks of the arguments are given.
//
// Everything is float32, in the rounding dialect `ort` (the one ONNX Runtime deploys):
//     q = saturate(rint(x / scale) + zero_point)        x̂ = (q - zero_point) · scale
// rint rounds half to even: rint(0.5) = 0, rint(1.5) = 2, rint(2.5) = 2. Divide, do not multiply
// by 1 / scale: the reciprocal is itself rounded, and ties then fall to the other side.
// Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference", 2018, §2.1; ONNX operator QuantizeLinear, opset 17.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Task: Scale and zero-point that spread [min, max] over all of `range`.
//   1. Extend the interval so that it contains 0:  min = min(min, 0), max = max(max, 0).
//   2. scale = (max - min) / (qmax - qmin), but at least kMinScale; 1 when min = max = 0.
//   3. zero_point = clamp(rint(qmin - min / scale), qmin, qmax); for [0, 0] any code of `range`.
// Example: [-1, 3] over [-128, 127] → scale 4/255, zero_point rint(-128 + 63.75) = -64.
// Throws Error (given) when min or max is not finite, min > max, max - min overflows, or `range`
// has fewer than two codes or does not lie within [-128, 127].
QParams choose_qparams_asymmetric(float min, float max, QRange range);

// Task: The scale for symmetric codes in ±(2^(bits-1) - 1), zero-point 0.
//   scale = max_abs / (2^(bits-1) - 1), but at least kMinScale; 1 when max_abs = 0.
// Example: max_abs 2.54, 8 bits → scale 0.02.
// Throws Error (given) unless max_abs is finite and >= 0 and 2 <= bits <= 8.
QParams choose_qparams_symmetric(float max_abs, int bits);

// Task: codes[i] = saturate(rint(x[i] / scale) + zero_point), saturating to `range`.
// Rounding comes before the zero-point is added. +inf → qmax, -inf → qmin, NaN → qmin.
// Example: scale 0.5, zero_point 3: 0.25 → rint(0.5) + 3 = 3, 0.75 → rint(1.5) + 3 = 5.
// Throws Error (given) when the sizes differ, scale is not positive and finite, or `range` does not
// lie within [-128, 127].
void quantize(std::span<const float> x, QParams params, QRange range, std::span<std::int8_t> codes);

// Task: x[i] = (codes[i] - zero_point) · scale, the difference taken in integers.
// Throws Error (given) when the sizes differ or require_qparams() (qtypes.h) refuses `params`.
void dequantize(std::span<const std::int8_t> codes, QParams params, std::span<float> x);

// Task: One symmetric scale per output channel of `weight`, [channels, n/channels] row-major:
// that channel's largest magnitude goes through choose_qparams_symmetric. Returns [channels].
// Throws Error (given) when there is no weight, channels does not divide the size, or a weight is
// not finite.
std::vector<float> channel_scales(std::span<const float> weight, std::int64_t channels, int bits);

// Task: Each channel of `weight` quantized with its own scale and zero-point 0, saturated to
// symmetric_range(bits). Throws Error (given) when sizes do not fit.
void quantize_per_channel(std::span<const float> weight, std::span<const float> scales, int bits,
                          std::span<std::int8_t> codes);

}  // namespace tinytorch::quantization
