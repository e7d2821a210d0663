#pragma once
// Convolutions, sums and pooling in integers.
// You write this part: integer_conv.cpp (quantization module). Plain loops: they are the meaning
// that every fast kernel is compared with, bit for bit.
//
// Integer images are channels-last, [N, H, W, C]: the channels of one place lie side by side, so
// that the sums of a convolution are the [rows, out] that requantize() already takes, and a dot
// product reads consecutive bytes. Weights are [out, kh, kw, in/groups] for the same reason, with
// zero-point 0.
// Source: Jacob et al. 2018, §2.4 and appendix A; ONNX operators QLinearConv, MaxPool, opset 17.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/convolution.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Task: acc[n, i, j, o] = folded_bias[o]
//     + Σ_u Σ_v Σ_c x[n, i·stride + u - padding, j·stride + v - padding, c] · weight[o, u, v, c]
// in int32, c over the channels of o's group (kernels/convolution.h). Outside the image x is
// `input_zero_point`, the code that means 0.0; folded_bias is fold_input_zero_point()'s.
// Example: one pixel, 3×3 kernel of ones, padding 1, x = 7, zero-point -5: 7 + 8 · (-5) = -33, and
// folded bias 0 - (-5) · 9 = 45 makes it 12 = 7 - (-5).
// Throws Error (given) unless the geometry is possible (require_geometry(), image_sizes.h) and each
// span as large as its shape says.
void conv2d_int32(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  std::span<const std::int8_t> weight, std::span<const std::int32_t> folded_bias,
                  const kernels::ConvSizes& sizes, std::span<std::int32_t> acc);

// Task: The windows of x as the rows of a matrix, so that a convolution with one group is
// linear_int32 of it:
//     rows[(n, i, j), (u, v, c)] = x[n, i·stride + u - padding, j·stride + v - padding, c],
// `input_zero_point` outside; rows is [N · out_height · out_width, kh · kw · in_channels].
// Throws Error (given) unless sizes fit and groups is 1.
void im2col_codes(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  const kernels::ConvSizes& sizes, std::span<std::int8_t> rows);

// Task: The codes that an activation leaves of `range`, with the parameters `output`:
//     kRelu:  qmin = max(qmin, zero_point)
//     kRelu6: the same, and qmax = min(qmax, rint(6 / scale) + zero_point)
// 6 / scale in float, half to even, in both dialects. A scale above 12 leaves one code only.
// Example: scale 0.1, zero_point -100, range [-128, 127]: kRelu6 → [-100, -40].
QRange activation_range(Activation activation, QParams output, QRange range);

// Task, dialect ort. A residual sum whose three scales and zero-points differ:
//     out[i] = saturate(rint(((a[i] - a.zero_point) · a.scale + (b[i] - b.zero_point) · b.scale)
//                            / output.scale) + output.zero_point)
// every operation rounded to float32: what DequantizeLinear, Add and QuantizeLinear give.
// `range` already holds the activation. Throws Error (given) unless sizes are equal, and parameters
// and range valid (qtypes.h).
struct AddGrids {
  QParams a;
  QParams b;
  QParams output;
};
void add_codes(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
               const AddGrids& grids, QRange range, std::span<std::int8_t> out);

// Task, dialect tflite. The same in integers. With wide = 2 · max(a.scale, b.scale), in
// double, and ×M meaning RDBP(SRDHM(·, mantissa), -exponent) of M = quantize_multiplier(…):
//     sum    = ((a[i] - a.zero_point) << 20) ×M(a.scale / wide)
//            + ((b[i] - b.zero_point) << 20) ×M(b.scale / wide)
//     out[i] = clamp(sum ×M(wide / (2^20 · output.scale)) + output.zero_point, range)
// Throws Error (given) as add_codes(), and unless the third multiplier is below 1, since ×M only
// shifts right.
void add_codes_tflite(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                      const AddGrids& grids, QRange range, std::span<std::int8_t> out);

// Task: Pooling of [N, in_height, in_width, channels] with square windows of sizes'
// kernel_height × kernel_width, stride and padding; out_channels = in_channels = groups. The output
// keeps the input's scale and zero-point. Both throw Error (given) unless sizes fit
// (image_sizes.h).
//
// The largest code of each window, places outside the image left out. No zero-point is needed: a
// larger code is a larger number, whatever the scale. Throws Error (given) unless padding is
// smaller than the kernel, so that no window lies outside altogether.
void max_pool_codes(std::span<const std::int8_t> x, const kernels::ConvSizes& sizes,
                    std::span<std::int8_t> out);

// The mean of each window, over kernel_height · kernel_width places of which those outside the
// image count as 0.0. With sum = Σ (x - zero_point) in int32 and n places,
//     ort:    out = saturate(rint(float(sum) / float(n)) + zero_point)           half to even
//     tflite: out = saturate((sum >= 0 ? sum + n/2 : sum - n/2) / n + zero_point)  in integers,
//             both divisions truncating: half away from zero
// Throws Error (given) unless zero_point is a code and no sum of a window can overflow int32.
void average_pool_codes(std::span<const std::int8_t> x, std::int32_t zero_point, QRange range,
                        const kernels::ConvSizes& sizes, Dialect dialect,
                        std::span<std::int8_t> out);

}  // namespace tinytorch::quantization
