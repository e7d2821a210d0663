#pragma once
// Differentiable layer and batch normalization (formulas: kernels/layer_norm.h, batch_norm.h).
// Given (normalization.cpp). Statistics of x's own are exact to float's rounding of the results,
// however large the mean is beside the spread.

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

// Normalizes over the last dimensions, which must have the sizes of normalized_shape. weight and
// bias, of that shape, may be undefined. Throws Error "layer_norm: [8, 3] does not end in the
// normalized shape [4]".
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, float epsilon);

struct BatchNormOptions {
  float epsilon = 1e-5f;
  bool batch_statistics = false;  // mean and variance are x's own, see batch_norm
};

// x [N, C, …], with mean and variance [C]. `batch_statistics` says that these are x's own, so that
// the gradient flows through them too; otherwise they are constants. weight and bias [C] may be
// undefined. Throws Error "batch_norm: [8, 3, 4, 4] has 3 channels, the statistics have 2".
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight,
                  const Tensor& bias, const BatchNormOptions& options);

}  // namespace tinytorch::ops
