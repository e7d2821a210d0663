#pragma once
// The windows of every plane that is pooled, one after the other, and sums over them. Given.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/kernels/pooling.h"

namespace tinytorch::kernels {

// Calls visit(output, first pixel of its plane, rows, columns) for every window of every plane.
template <typename Visit>
void for_each_window(std::size_t outputs, const Plane& plane, Visit visit) {
  std::size_t first_pixel = 0;
  for (std::size_t output = 0; output < outputs;) {
    for (const Window& rows : plane.rows) {
      for (const Window& columns : plane.columns) visit(output++, first_pixel, rows, columns);
    }
    first_pixel += static_cast<std::size_t>(plane.height * plane.width);
  }
}

// What an average divides by: `divisor`, or where that is 0 the number of values in the window.
inline double divisor_of(std::int64_t divisor, const Window& rows, const Window& columns) {
  if (divisor != 0) return static_cast<double>(divisor);
  return static_cast<double>((rows.end - rows.begin) * (columns.end - columns.begin));
}

// Calls add(number of a plane's first output, totals) for every plane, which adds to `totals`, a
// double for each pixel; then adds these to grad_x: a pixel may stand in very many windows.
template <typename Add>
void gather_planes(std::size_t outputs, const Plane& plane, std::span<float> grad_x, Add add) {
  std::vector<double> totals(static_cast<std::size_t>(plane.height * plane.width));
  std::size_t pixel = 0;
  for (std::size_t o = 0; o < outputs; o += plane.rows.size() * plane.columns.size()) {
    std::fill(totals.begin(), totals.end(), 0.0);
    add(o, std::span(totals));
    for (const double total : totals) grad_x[pixel++] += static_cast<float>(total);
  }
}

}  // namespace tinytorch::kernels
