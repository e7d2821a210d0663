// Windows as columns. The contract is tinytorch/kernels/im2col.h.
#include "tinytorch/kernels/im2col.h"

#include <algorithm>

#include "tinytorch/kernels/reach.h"

namespace tinytorch::kernels {
// BEGIN SOLUTION 09.3 helper
namespace {

// Calls visit(line, first, range) for every line of out_width values of the matrix, in order: value
// j of the line is pixel first + j·stride for j in the range, and padding elsewhere.
template <typename Visit>
void for_each_line(const ConvSizes& s, Visit visit) {
  std::int64_t row = 0;
  for (std::int64_t c = 0; c < s.in_channels / s.groups; ++c) {
    for (std::int64_t u = 0; u < s.kernel_height; ++u) {
      for (std::int64_t v = 0; v < s.kernel_width; ++v, ++row) {
        const std::int64_t shift = v - s.padding;
        const Reach columns = reach(shift, s.stride, s.in_width, s.out_width);
        for (std::int64_t i = 0; i < s.out_height; ++i) {
          const std::int64_t y = i * s.stride + u - s.padding;
          const bool outside = y < 0 || y >= s.in_height;
          const std::int64_t pixels = outside ? 0 : (c * s.in_height + y) * s.in_width;
          visit(row * s.out_height + i, pixels + shift, outside ? Reach{} : columns);
        }
      }
    }
  }
}

}  // namespace
// END SOLUTION 09.3

// --- 09.3 Image to columns ---

// Row by row of the matrix, which is c, u, v; in a row, place by place, which is i, j. Copy the
// pixel of the header's formula, or 0 outside the image.
//   x = {1, 2, 3, 4} [1, 2, 2], kernel 2×2, padding 0: one column {1, 2, 3, 4}.
//   x = {1, 2, 3} [1, 1, 3], kernel 1×2, padding 0: rows {1, 2} and {2, 3}.
void im2col(std::span<const float> x, const ConvSizes& sizes, std::span<float> columns) {
  // BEGIN SOLUTION 09.3
  for_each_line(sizes, [&](std::int64_t line, std::int64_t first, Reach range) {
    float* to = columns.data() + line * sizes.out_width;
    std::fill(to, to + range.begin, 0.0f);
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      to[j] = x[static_cast<std::size_t>(first + j * sizes.stride)];
    }
    std::fill(to + range.end, to + sizes.out_width, 0.0f);
  });
  // END SOLUTION 09.3
}

// --- 09.4 Columns back to an image ---

// The same walk in the other direction: add instead of copying. A pixel in k windows receives k
// values; that is the gradient of a pixel which was read k times.
//   rows {1, 2} and {3, 4} of a kernel 1×2 on 3 pixels → {1, 2 + 3, 4} = {1, 5, 4}.
void col2im(std::span<const float> columns, const ConvSizes& sizes, std::span<float> x) {
  // BEGIN SOLUTION 09.4
  for_each_line(sizes, [&](std::int64_t line, std::int64_t first, Reach range) {
    const float* from = columns.data() + line * sizes.out_width;
    for (std::int64_t j = range.begin; j < range.end; ++j) {
      x[static_cast<std::size_t>(first + j * sizes.stride)] += from[j];
    }
  });
  // END SOLUTION 09.4
}

}  // namespace tinytorch::kernels
