#pragma once
// Scale and zero-point chosen while the network runs, from the values of one batch. Given.
//
// Dialect `ort`: the arithmetic of ONNX's operator DynamicQuantizeLinear, opset 17, which knows
// uint8 only. With min and max of the values, both taken together with 0:
//     scale = (max - min) / 255         1 when all values are 0
//     zero_point (uint8) = saturate(rint(0 - min / scale))
// Codes are int8 here, so the zero-point is that one less 128. choose_qparams_asymmetric rounds
// -128 - min / scale instead, a float with fewer bits behind the point: just below a tie the two
// differ by one.

#include <span>

#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Example: {-1, 0.5, 3} → scale 4/255, zero_point rint(63.75) - 128 = -64.
// Throws Error when x is empty, holds NaN or infinity, or max - min overflows. ONNX Runtime takes
// all of these: a NaN is passed over or becomes the scale, depending on its place; an infinity
// makes every finite value the same code.
// Scales are at least kMinScale; ONNX Runtime divides by smaller ones, even by 0.
QParams choose_qparams_dynamic(std::span<const float> x);

}  // namespace tinytorch::quantization
