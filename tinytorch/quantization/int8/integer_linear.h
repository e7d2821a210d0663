#pragma once
// A linear layer in integers: codes in, int32 sums, codes out, with no float tensor in between.
// You write this part: integer_linear.cpp (quantization module). Checks of the arguments are given.
// Plain loops: every fast kernel is compared with them, bit for bit.
//
// Shapes: x [n, in] activation codes · weight [out, in] weight codes, zero-point 0 · bias [out].
// Source: Jacob et al. 2018, §2.2–2.4; ONNX operator QLinearMatMul, opset 17.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// A bias code may use half of int32; the products of a layer fill the other half
// (in · 127 · 255 <= 2^30, that is in <= 33 155). The plain loops below and the kernels of
// int8_gemm.h rely on both: beyond them a sum may leave int32. The layers made of them
// (QuantizedLinear, QuantizedConv2d, DynamicLinear) refuse what goes beyond.
inline constexpr std::int32_t kMaxBiasCode = 1 << 30;
inline constexpr std::int64_t kMaxInputFeatures = kMaxBiasCode / (127 * 255);

// Task: Bias in the units of the int32 sums: rint(bias[o] / (input_scale ·
// weight_scales[o])), the product rounded to float first. Throws Error naming the channel when a
// code's magnitude would exceed kMaxBiasCode or is NaN: the caller must enlarge that channel's
// weight scale instead of letting the integer wrap.
// Throws Error (given) when the sizes differ, and naming the channel whose product of scales is not
// positive and finite: it may underflow.
std::vector<std::int32_t> quantize_bias(std::span<const float> bias, float input_scale,
                                        std::span<const float> weight_scales);

// Task: The zero-point, moved out of the inner loop. Since Σ (x - zp)·w = Σ x·w - zp·Σ w, the
// second term is a constant of each output and joins its bias:
//     folded[o] = bias[o] - input_zero_point · Σ_k weight[o, k]
// Example: weight row (1, -2, 4), bias 10, zero-point -5 → 10 + 5 · 3 = 25.
// Throws Error (given) when bias.size() does not divide weight.size(), or a bias is beyond
// ±kMaxBiasCode: the correction may need the other half of int32.
std::vector<std::int32_t> fold_input_zero_point(std::span<const std::int8_t> weight,
                                                std::span<const std::int32_t> bias,
                                                std::int32_t input_zero_point);

// Task: acc[n, o] = folded_bias[o] + Σ_k x[n, k] · weight[o, k], all in int32. x.size() is
// n · in, acc.size() is n · out, and out = folded_bias.size(). Throws Error (given) when sizes do
// not fit.
void linear_int32(std::span<const std::int8_t> x, std::span<const std::int8_t> weight,
                  std::span<const std::int32_t> folded_bias, std::span<std::int32_t> acc);

// Task: How many output steps one int32 step of channel o is worth:
//     multiplier[o] = float(float(input_scale · weight_scales[o]) / output_scale)
// One that underflows to 0 is right: times it, every int32 sum rounds to the code of 0.0.
// Throws Error (given) naming the channel whose multiplier is negative, infinite or NaN.
std::vector<float> requantize_multipliers(float input_scale, std::span<const float> weight_scales,
                                          float output_scale);

// Task: int32 sums to output codes:
//     codes[n, o] = saturate(rint(float(acc[n, o]) · multipliers[o]) + zero_point)
// in float, half to even, rounding before the zero-point is added, saturating to `range`. A fused
// ReLU is nothing but range.qmin = zero_point. A product that is NaN becomes qmin.
// Throws Error (given) when sizes do not fit or require_codes() (qtypes.h) refuses `range`.
void requantize(std::span<const std::int32_t> acc, std::span<const float> multipliers,
                std::int32_t zero_point, QRange range, std::span<std::int8_t> codes);

}  // namespace tinytorch::quantization
