#pragma once
// A convolution as one matrix product: every window of the image becomes a column.
//
// For `channels` channels of an image (one group of one example) the matrix has
// channels·kernel_height·kernel_width rows, one per place (c, u, v) in the window, and
// out_height·out_width columns, one per place (i, j) of the window. Weight [out, rows] times it
// gives the result [out, out_height·out_width]. Written in the convolutions module (im2col.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/kernels/convolution.h"

namespace tinytorch::kernels {

// columns[(c·kernel_height + u)·kernel_width + v, i·out_width + j] =
//     x[c, i·stride + u − padding, j·stride + v − padding], 0 outside the image.
// x has in_channels/groups channels of in_height × in_width.
void im2col(std::span<const float> x, const ConvSizes& sizes, std::span<float> columns);

// The transpose of im2col: every value of `columns` is added to the pixel it was read from, those
// of the padding are dropped. x is not cleared first.
void col2im(std::span<const float> columns, const ConvSizes& sizes, std::span<float> x);

}  // namespace tinytorch::kernels
