#pragma once
// Gradient rules of arithmetic with broadcasting.
//
// A rule gets the gradient of the result and the inputs, and gives one gradient per input, each of
// its input's shape; undefined (`Tensor()`) for an input that does not require one. Rules run with
// recording off, so they may use the differentiable operations for their own arithmetic.
// Written in the autograd module (arithmetic_rules.cpp).

#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::autograd {

// The sum of `grad` over the dimensions along which `shape` was repeated by broadcasting; the
// result has shape `shape`. A value that was used n times receives n contributions. Requires that
// `shape` broadcasts to grad.shape(). Equal shapes: `grad` itself.
Tensor sum_to_shape(const Tensor& grad, const Shape& shape);

// With g = grad, before sum_to_shape:
//   a + b:  g, g        a − b:  g, −g        a · b:  g·b, g·a        a / b:  g/b, −g·a/b²
// The last one is worked out in double and rounded once: no square of a finite b overflows.
std::vector<Tensor> add_backward(const Tensor& grad, const Tensor& a, const Tensor& b);
std::vector<Tensor> sub_backward(const Tensor& grad, const Tensor& a, const Tensor& b);
std::vector<Tensor> mul_backward(const Tensor& grad, const Tensor& a, const Tensor& b);
std::vector<Tensor> div_backward(const Tensor& grad, const Tensor& a, const Tensor& b);

// max(a, b): g where the input is the larger one, g/2 for both where they are equal, 0 elsewhere.
std::vector<Tensor> maximum_backward(const Tensor& grad, const Tensor& a, const Tensor& b);

}  // namespace tinytorch::autograd
