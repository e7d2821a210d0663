#include "tinytorch/kernels/window_columns.h"

#include <algorithm>

#include "tinytorch/kernels/im2col.h"

namespace tinytorch::kernels {
namespace {

// Calls visit(row of the matrix times out_height plus i, first pixel of the image's line, u or v's
// column of place 0) for every line of the matrix; the line lies outside the image where `pixels`
// is negative.
template <typename Visit>
void for_each_line(const ConvGeometry& g, Visit visit) {
  std::int64_t line = 0;
  for (std::int64_t c = 0; c < g.in_channels / g.groups; ++c) {
    for (std::int64_t u = 0; u < g.kernel.height; ++u) {
      for (std::int64_t v = 0; v < g.kernel.width; ++v) {
        const std::int64_t column = v * g.dilation.width - g.padding.left;
        for (std::int64_t i = 0; i < g.out_height; ++i, ++line) {
          const std::int64_t y = i * g.stride.height + u * g.dilation.height - g.padding.top;
          const bool outside = y < 0 || y >= g.in_height;
          visit(line, outside ? -1 : (c * g.in_height + y) * g.in_width, column);
        }
      }
    }
  }
}

}  // namespace

void windows_to_columns(std::span<const float> x, const ConvGeometry& g, std::span<float> columns) {
  if (const auto sizes = as_conv_sizes(g)) return im2col(x, *sizes, columns);
  for_each_line(g, [&](std::int64_t line, std::int64_t pixels, std::int64_t column) {
    float* to = columns.data() + line * g.out_width;
    for (std::int64_t j = 0; j < g.out_width; ++j, column += g.stride.width) {
      const bool inside = pixels >= 0 && column >= 0 && column < g.in_width;
      to[j] = inside ? x[static_cast<std::size_t>(pixels + column)] : 0.0f;
    }
  });
}

void columns_to_windows(std::span<const float> columns, const ConvGeometry& g, std::span<float> x) {
  if (const auto sizes = as_conv_sizes(g)) return col2im(columns, *sizes, x);
  for_each_line(g, [&](std::int64_t line, std::int64_t pixels, std::int64_t column) {
    const float* from = columns.data() + line * g.out_width;
    for (std::int64_t j = 0; j < g.out_width; ++j, column += g.stride.width) {
      const bool inside = pixels >= 0 && column >= 0 && column < g.in_width;
      if (inside) x[static_cast<std::size_t>(pixels + column)] += from[j];
    }
  });
}

}  // namespace tinytorch::kernels
