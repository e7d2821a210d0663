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
  throw tinytorch::not_implemented("09.5");
}

// Round the begin down and the end up: windows may overlap by one value, and none is left out.
//   size 5, count 2 → [0, 3), [2, 5);  size 7, count 1 → [0, 7), the global average.
std::vector<Window> adaptive_windows(std::int64_t size, std::int64_t count) {
  throw tinytorch::not_implemented("09.5");
}

// --- 09.6 Maximum and average ---

// for_each_window() goes through each plane, each window of rows, each window of columns, in this
// order. Look at the window's values in reading order and remember the largest and its place
// row · width + column.
//   plane {1, 9, 9, 4} 2×2 with one window over everything → value 9, index 1.
void max_pool(std::span<const float> x, const Plane& plane, std::span<float> out,
              std::span<std::int64_t> index) {
  throw tinytorch::not_implemented("09.6");
}

// Only the largest value moves the maximum, so it alone receives the gradient; a pixel that wins in
// many overlapping windows receives the sum, made in double, plane by plane.
void max_pool_backward(std::span<const float> grad, std::span<const std::int64_t> index,
                       const Plane& plane, std::span<float> grad_x) {
  throw tinytorch::not_implemented("09.6");
}

// Sum and quotient in double: a window may be the whole plane.
//   plane {1, 2, 3, 4} 2×2, one window, divisor 0 → 10/4 = 2.5; divisor 5 → 2.
void avg_pool(std::span<const float> x, const Plane& plane, std::int64_t divisor,
              std::span<float> out) {
  throw tinytorch::not_implemented("09.6");
}

// A pixel may stand in many windows: add up its shares in double, plane by plane.
//   grad {10}, the window of 2×2 above, divisor 0 → 2.5 for each of its four pixels.
void avg_pool_backward(std::span<const float> grad, const Plane& plane, std::int64_t divisor,
                       std::span<float> grad_x) {
  throw tinytorch::not_implemented("09.6");
}

}  // namespace tinytorch::kernels
