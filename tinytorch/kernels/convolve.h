#pragma once
// A convolution's forward pass without the matrix of windows (im2col.h), where that pays. Given.

#include <cstdint>
#include <span>

#include "tinytorch/kernels/conv_geometry.h"

namespace tinytorch::kernels {

// Which way a convolution goes is a fixed rule of its sizes, so that a result never depends on the
// clock. rows = out_channels / groups is the height of each matrix product it would be:
//   rows <= kDirectRows and out_width >= kDirectWidth    conv2d_direct: a tile of so few rows
//                                                        multiplies less than packing copies;
//                                                        not for windows of more values than
//                                                        kLongProduct (accumulate.h)
//   rows >= kPanelRows                                   pack_windows, then gemm's product
//   else                                                 im2col, then gemm
inline constexpr std::int64_t kDirectRows = 2;
inline constexpr std::int64_t kDirectWidth = 8;
inline constexpr std::int64_t kPanelRows = 4;

enum class ConvPath { kIm2col, kPanels, kDirect };

// The rule's answer on this machine: kIm2col also for what the acceleration module (fused.h) has
// not written yet, and for panels where gemm does not use them.
ConvPath conv_path(const ConvSizes& sizes);

// Writes conv2d (convolution.h) to out and returns true where conv_path is not kIm2col; else does
// nothing and returns false. A geometry that ConvSizes cannot say goes the same ways over a copy of
// the image with its padding around it, as long as it has one stride and no dilation. Every output
// is one chain of fused multiply-adds over (ci, u, v) from its bias (several beyond kLongProduct,
// as in packed_gemm.h). By panels that is what im2col and gemm give, bit for bit. Several threads
// share the product, or the examples where the path is direct.
[[nodiscard]] bool convolve(std::span<const float> x, std::span<const float> weight,
                            std::span<const float> bias, const ConvGeometry& geometry,
                            std::span<float> out);

}  // namespace tinytorch::kernels
