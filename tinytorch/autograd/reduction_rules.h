#pragma once
// Gradient rules of sums and maxima along one dimension.
//
// The gradient of a result has one value per line of the input along `dim`, with or without
// keepdim; kernels/reduce.h draws the block [outer, size, inner] around a dimension. Written in
// the autograd module (reduction_rules.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/core/tensor.h"

namespace tinytorch::autograd {

// Every summand moves the sum by as much as itself: x[o, s, i] receives grad[o, i].
// Returns a tensor of shape `shape`, the input's. 0 <= dim < shape.ndim().
Tensor sum_backward(const Tensor& grad, const Shape& shape, std::int64_t dim);

// Only the largest value moves the maximum: x[o, index[o, i], i] receives grad[o, i], all others 0.
Tensor max_backward(const Tensor& grad, std::span<const std::int64_t> index, const Shape& shape,
                    std::int64_t dim);

}  // namespace tinytorch::autograd
