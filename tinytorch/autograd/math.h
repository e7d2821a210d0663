#pragma once
// Differentiable functions of one value at a time.
// Given (math.cpp).

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

Tensor exp(const Tensor& x);
// −∞ at 0, NaN below, as in IEEE arithmetic; the same holds for sqrt.
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
// The gradient at 0 is 0.
Tensor abs(const Tensor& x);
// min(max(x, low), high). The gradient passes where low <= x <= high and is 0 outside.
// Throws Error when low > high.
Tensor clamp(const Tensor& x, float low, float high);

}  // namespace tinytorch::ops
