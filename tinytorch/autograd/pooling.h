#pragma once
// Differentiable pooling of images [N, C, H, W].
// Given (pooling.cpp); the kernels are written in the convolutions module (kernels/pooling.h).

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

struct PoolOptions {
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
  std::int64_t padding = 0;
};

// Each throws Error naming the input's shape when it does not have four dimensions, and when a
// window does not fit.

// The largest value of each window; padding never wins.
Tensor max_pool2d(const Tensor& x, const PoolOptions& options);
// The average of each window, padding counted as zeros: the sum divided by kernel².
Tensor avg_pool2d(const Tensor& x, const PoolOptions& options);
// Averages over height × width windows that cover the image (kernels::adaptive_windows);
// 1 × 1 is global average pooling.
Tensor adaptive_avg_pool2d(const Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace tinytorch::ops
