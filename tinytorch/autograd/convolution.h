#pragma once
// Differentiable convolution and pooling on tensors [N, C, H, W].
// Given (convolution.cpp, pooling.cpp); the kernels are written in module 09.

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

struct ConvOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t groups = 1;
};

// x [N, C, H, W], weight [O, C/groups, kh, kw], bias [O] or undefined → [N, O, H', W'], the formula
// of kernels/convolution.h, computed as im2col and gemm. Throws Error "conv2d: input [8, 3, 8, 8]
// has 3 channels, weight [4, 2, 3, 3] with 1 groups wants 2".
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions& options = {});

struct PoolOptions {
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
  std::int64_t padding = 0;
};

// The largest value of each window; padding never wins.
Tensor max_pool2d(const Tensor& x, const PoolOptions& options);
// The average of each window, padding counted as zeros: the sum divided by kernel².
Tensor avg_pool2d(const Tensor& x, const PoolOptions& options);
// Averages over height × width windows that cover the image (kernels::adaptive_windows);
// 1 × 1 is global average pooling.
Tensor adaptive_avg_pool2d(const Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace tinytorch::ops
