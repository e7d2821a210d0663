#pragma once
// The windows of every plane that is pooled, one after the other. Given.

#include <cstddef>
#include <cstdint>

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

}  // namespace tinytorch::kernels
