#pragma once
// Windows as columns and back for any geometry: im2col() and col2im() (im2col.h) where their
// ConvSizes can say it, plain loops otherwise. Given.

#include <span>

#include "tinytorch/kernels/conv_geometry.h"

namespace tinytorch::kernels {

// columns[(c·kernel.height + u)·kernel.width + v, i·out_width + j] =
//     x[c, i·stride.height + u·dilation.height − padding.top,
//          j·stride.width + v·dilation.width − padding.left], 0 outside the image.
void windows_to_columns(std::span<const float> x, const ConvGeometry& geometry,
                        std::span<float> columns);

// The transpose: every value is added to the pixel it was read from. x is not cleared first.
void columns_to_windows(std::span<const float> columns, const ConvGeometry& geometry,
                        std::span<float> x);

}  // namespace tinytorch::kernels
