#pragma once
// Differentiable pooling of images [N, C, H, W].
// Given (pooling.cpp); the kernels are written in the convolutions module (kernels/pooling.h).

#include "tinytorch/core/extent.h"
#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

struct PoolOptions {
  Extent2 kernel = 2;
  Extent2 stride = 2;
  Padding4 padding = 0;           // how much an axis may have: kernels/axis_windows.h
  bool count_include_pad = true;  // of averages
};

// Each throws Error naming the input's shape when it does not have four dimensions, and when a
// window does not fit.

// The largest value of each window; padding never wins.
Tensor max_pool2d(const Tensor& x, const PoolOptions& options);
// The average of each window. With count_include_pad, padding counts as zeros: the sum is divided
// by the kernel's area. Without, by the number of values inside the image (ONNX's default).
Tensor avg_pool2d(const Tensor& x, const PoolOptions& options);
// Averages over height × width windows that cover the image (kernels::adaptive_windows);
// 1 × 1 is global average pooling.
Tensor adaptive_avg_pool2d(const Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace tinytorch::ops
