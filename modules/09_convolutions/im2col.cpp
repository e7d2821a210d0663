// Windows as columns. The contract is tinytorch/kernels/im2col.h.
#include "tinytorch/kernels/im2col.h"

#include <algorithm>

#include "tinytorch/kernels/reach.h"

namespace tinytorch::kernels {

// --- 09.3 Image to columns ---

// Row by row of the matrix, which is c, u, v; in a row, place by place, which is i, j. Copy the
// pixel of the header's formula, or 0 outside the image.
//   x = {1, 2, 3, 4} [1, 2, 2], kernel 2×2, padding 0: one column {1, 2, 3, 4}.
//   x = {1, 2, 3} [1, 1, 3], kernel 1×2, padding 0: rows {1, 2} and {2, 3}.
void im2col(std::span<const float> x, const ConvSizes& sizes, std::span<float> columns) {
  throw tinytorch::not_implemented("09.3");
}

// --- 09.4 Columns back to an image ---

// The same walk in the other direction: add instead of copying. A pixel in k windows receives k
// values; that is the gradient of a pixel which was read k times.
//   rows {1, 2} and {3, 4} of a kernel 1×2 on 3 pixels → {1, 2 + 3, 4} = {1, 5, 4}.
void col2im(std::span<const float> columns, const ConvSizes& sizes, std::span<float> x) {
  throw tinytorch::not_implemented("09.4");
}

}  // namespace tinytorch::kernels
