#pragma once
// Pooling: one number for every window of a plane.
//
// x holds planes of height × width (a tensor [N, C, H, W] has N·C). The windows of a plane are all
// pairs of a range of rows and a range of columns; out and the results' gradients hold
// rows.size() × columns.size() values per plane.
// Written in the convolutions module (pooling.cpp).

#include <cstdint>
#include <span>
#include <vector>

namespace tinytorch::kernels {

struct Window {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // exclusive; never empty
  bool operator==(const Window&) const = default;
};

// Windows of `kernel` values, `stride` apart, on a line of `size` values with `padding` at either
// end, cut to the line: window i is [i·stride − padding, i·stride − padding + kernel) ∩ [0, size).
// Throws Error like output_size(), and when padding > kernel/2: a window could be padding alone.
std::vector<Window> pool_windows(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t padding);

// `count` windows that cover the line about evenly: window i is
// [floor(i·size/count), ceil((i + 1)·size/count)). Throws Error when size or count is below 1.
std::vector<Window> adaptive_windows(std::int64_t size, std::int64_t count);

struct Plane {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::span<const Window> rows;
  std::span<const Window> columns;
};

// out = the largest value of each window, index = its place in the plane (row · width + column),
// the first in reading order of equals. NaN counts as largest.
void max_pool(std::span<const float> x, const Plane& plane, std::span<float> out,
              std::span<std::int64_t> index);

// grad_x[index] += grad for every window; grad_x is not cleared first.
void max_pool_backward(std::span<const float> grad, std::span<const std::int64_t> index,
                       const Plane& plane, std::span<float> grad_x);

// out = the sum of each window divided by `divisor`, or by its number of values where that is 0;
// in double, rounded once.
void avg_pool(std::span<const float> x, const Plane& plane, std::int64_t divisor,
              std::span<float> out);

// Every value of a window receives grad / divisor; grad_x is not cleared first.
void avg_pool_backward(std::span<const float> grad, const Plane& plane, std::int64_t divisor,
                       std::span<float> grad_x);

}  // namespace tinytorch::kernels
