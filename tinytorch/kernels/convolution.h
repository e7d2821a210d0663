#pragma once
// Two-dimensional convolution as plain loops: what the fast path (im2col.h and gemm.h) must equal.
//
// As everywhere in deep learning it is the cross-correlation: the kernel is not flipped.
// Written in the convolutions module (convolution.cpp).

#include <cstdint>
#include <span>

namespace tinytorch::kernels {

// Places that a window of `kernel` values finds on a line of `size` values with `padding` zeros at
// either end, moving by `stride`: floor((size + 2·padding − kernel) / stride) + 1.
// Throws Error when the window is larger than the padded line, or a size is not positive (padding:
// negative).
std::int64_t output_size(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                         std::int64_t padding);

// Everything about one convolution but the values.
struct ConvSizes {
  std::int64_t batch = 1;
  std::int64_t in_channels = 1;  // a multiple of groups, as is out_channels
  std::int64_t in_height = 1;
  std::int64_t in_width = 1;
  std::int64_t out_channels = 1;
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;  // zeros on all four sides
  std::int64_t groups = 1;
  std::int64_t out_height = 1;  // output_size() of the others
  std::int64_t out_width = 1;

  std::int64_t inputs_of_group() const { return in_channels / groups; }
  std::int64_t in_pixels() const { return in_height * in_width; }
  std::int64_t out_pixels() const { return out_height * out_width; }
  std::int64_t window() const { return kernel_height * kernel_width; }
  std::int64_t outputs_of_group() const { return out_channels / groups; }
};

// With x [batch, in_channels, in_height, in_width] taken as 0 outside, weight [out_channels,
// in_channels/groups, kernel_height, kernel_width], out [batch, out_channels, out_height,
// out_width] and ci running over the input channels of co's group:
//   out[n, co, i, j] = bias[co]
//       + Σ_ci Σ_u Σ_v weight[co, ci, u, v] · x[n, ci, i·stride + u − padding, j·stride + v −
//       padding]
// Output channel co belongs to group co / (out_channels/groups), and that group reads input
// channels [group · in_channels/groups, (group + 1) · in_channels/groups). groups = in_channels is
// a depthwise convolution. An empty bias counts as zeros. Summed in double, rounded once.
void conv2d(std::span<const float> x, std::span<const float> weight, std::span<const float> bias,
            const ConvSizes& sizes, std::span<float> out);

}  // namespace tinytorch::kernels
