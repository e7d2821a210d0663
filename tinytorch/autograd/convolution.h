#pragma once
// Differentiable convolution of images [N, C, H, W].
// Given (convolution.cpp); the kernels are written in the convolutions module.

#include <vector>

#include "tinytorch/core/extent.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

struct ConvOptions {
  Extent2 stride = 1;
  Padding4 padding = 0;
  std::int64_t groups = 1;
  Extent2 dilation = 1;
};

// x [N, C, H, W], weight [O, C/groups, kh, kw], bias [O] or undefined → [N, O, H', W'], the formula
// of kernels/conv_geometry.h, computed by the acceleration module where kernels/convolve.h says so,
// else as im2col and gemm. Throws Error "conv2d: input [8, 3, 8, 8] has 3 channels, weight [4, 2,
// 3, 3] with 1 groups wants 2".
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions& options = {});

// The gradients of {x, weight, bias} when `grad` is that of conv2d's result, for operations that
// compute a convolution's forward pass in another way. That of x is undefined unless x asks for
// one. Throws Error when the shapes do not belong together.
std::vector<Tensor> conv2d_gradients(const Tensor& grad, const Tensor& x, const Tensor& weight,
                                     const ConvOptions& options);

}  // namespace tinytorch::ops
