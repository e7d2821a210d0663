// Pooling. The contract is tinytorch/kernels/pooling.h.
#include "tinytorch/kernels/pooling.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"
#include "tinytorch/kernels/convolution.h"
#include "tinytorch/kernels/each_window.h"

namespace tinytorch::kernels {

// --- 09.5 Windows ---

// 1. output_size() tells how many windows there are, and throws on impossible ones.
// 2. padding > kernel/2: Error "pool: padding 2 is more than half of kernel 3".
// 3. Window i begins at i·stride − padding; cut both ends to [0, size].
//   size 5, kernel 3, stride 2, padding 1 → [0, 2), [1, 4), [3, 5).
std::vector<Window> pool_windows(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t padding) {
  // BEGIN SOLUTION 09.5
  const std::int64_t count = output_size(size, kernel, stride, padding);
  if (padding > kernel / 2) {
    throw Error(concat("pool: padding ", padding, " is more than half of kernel ", kernel));
  }
  std::vector<Window> windows;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = i * stride - padding;
    windows.push_back({std::max<std::int64_t>(begin, 0), std::min(begin + kernel, size)});
  }
  return windows;
  // END SOLUTION 09.5
}

// Round the begin down and the end up: windows may overlap by one value, and none is left out.
//   size 5, count 2 → [0, 3), [2, 5);  size 7, count 1 → [0, 7), the global average.
std::vector<Window> adaptive_windows(std::int64_t size, std::int64_t count) {
  // BEGIN SOLUTION 09.5
  if (size < 1 || count < 1) {
    throw Error(concat("pool: ", count, " windows on ", size, " values; both must be 1 or more"));
  }
  std::vector<Window> windows;
  for (std::int64_t i = 0; i < count; ++i) {
    windows.push_back({i * size / count, ((i + 1) * size + count - 1) / count});
  }
  return windows;
  // END SOLUTION 09.5
}

// --- 09.6 Maximum and average ---

// for_each_window() goes through each plane, each window of rows, each window of columns, in this
// order. Look at the window's values in reading order and remember the largest and its place
// row · width + column.
//   plane {1, 9, 9, 4} 2×2 with one window over everything → value 9, index 1.
void max_pool(std::span<const float> x, const Plane& plane, std::span<float> out,
              std::span<std::int64_t> index) {
  // BEGIN SOLUTION 09.6
  for_each_window(out.size(), plane,
                  [&](std::size_t o, std::size_t first, const Window& rows, const Window& columns) {
                    const float* pixels = x.data() + first;
                    std::int64_t best = rows.begin * plane.width + columns.begin;
                    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
                      for (std::int64_t column = columns.begin; column < columns.end; ++column) {
                        const std::int64_t at = row * plane.width + column;
                        const bool nan = std::isnan(pixels[at]) && !std::isnan(pixels[best]);
                        if (pixels[at] > pixels[best] || nan) best = at;
                      }
                    }
                    out[o] = pixels[best];
                    index[o] = best;
                  });
  // END SOLUTION 09.6
}

// Only the largest value moves the maximum, so it alone receives the gradient; a pixel that wins in
// many overlapping windows receives the sum, made in double, plane by plane.
void max_pool_backward(std::span<const float> grad, std::span<const std::int64_t> index,
                       const Plane& plane, std::span<float> grad_x) {
  // BEGIN SOLUTION 09.6
  gather_planes(grad.size(), plane, grad_x, [&](std::size_t output, std::span<double> totals) {
    const std::size_t end = output + plane.rows.size() * plane.columns.size();
    for (; output < end; ++output)
      totals[static_cast<std::size_t>(index[output])] += double{grad[output]};
  });
  // END SOLUTION 09.6
}

// Sum and quotient in double: a window may be the whole plane.
//   plane {1, 2, 3, 4} 2×2, one window, divisor 0 → 10/4 = 2.5; divisor 5 → 2.
void avg_pool(std::span<const float> x, const Plane& plane, std::int64_t divisor,
              std::span<float> out) {
  // BEGIN SOLUTION 09.6
  for_each_window(out.size(), plane,
                  [&](std::size_t o, std::size_t first, const Window& rows, const Window& columns) {
                    double total = 0.0;
                    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
                      const float* line = x.data() + first + row * plane.width + columns.begin;
                      total += accumulate(static_cast<std::size_t>(columns.end - columns.begin),
                                          [line](std::size_t c) { return line[c]; });
                    }
                    out[o] = static_cast<float>(total / divisor_of(divisor, rows, columns));
                  });
  // END SOLUTION 09.6
}

// A pixel may stand in many windows: add up its shares in double, plane by plane.
//   grad {10}, the window of 2×2 above, divisor 0 → 2.5 for each of its four pixels.
void avg_pool_backward(std::span<const float> grad, const Plane& plane, std::int64_t divisor,
                       std::span<float> grad_x) {
  // BEGIN SOLUTION 09.6
  gather_planes(grad.size(), plane, grad_x, [&](std::size_t output, std::span<double> totals) {
    for (const Window& rows : plane.rows) {
      for (const Window& columns : plane.columns) {
        const double share = double{grad[output++]} / divisor_of(divisor, rows, columns);
        for (std::int64_t row = rows.begin; row < rows.end; ++row) {
          double* line = totals.data() + row * plane.width;
          for (std::int64_t c = columns.begin; c < columns.end; ++c) line[c] += share;
        }
      }
    }
  });
  // END SOLUTION 09.6
}

}  // namespace tinytorch::kernels
