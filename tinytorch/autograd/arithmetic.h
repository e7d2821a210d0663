#pragma once
// Differentiable arithmetic with broadcasting, and the operators + - * /.
//
// As everywhere in namespace ops: check the shapes, run the kernel, record the gradient rule.
// Given (arithmetic.cpp); the rules are written in the autograd module (arithmetic_rules.h).

#include "tinytorch/core/tensor.h"

namespace tinytorch {
namespace ops {

// Elementwise over the broadcast shape (kernels/elementwise.h). Each throws Error
// "add: [2, 3] and [4]: sizes 3 and 4 of dimension -1 differ, and neither is 1".
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
// The larger of the two; NaN when either is. Where they are equal each gets half of the gradient.
Tensor maximum(const Tensor& a, const Tensor& b);

Tensor add(const Tensor& x, float value);
Tensor mul(const Tensor& x, float value);
Tensor neg(const Tensor& x);
// x^exponent, elementwise. d/dx = exponent · x^(exponent − 1); 0 everywhere for exponent 0.
Tensor pow(const Tensor& x, float exponent);

}  // namespace ops

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& x);
Tensor operator+(const Tensor& x, float value);
Tensor operator-(const Tensor& x, float value);
Tensor operator*(const Tensor& x, float value);
Tensor operator/(const Tensor& x, float value);
Tensor operator+(float value, const Tensor& x);
Tensor operator-(float value, const Tensor& x);
Tensor operator*(float value, const Tensor& x);
Tensor operator/(float value, const Tensor& x);

}  // namespace tinytorch
