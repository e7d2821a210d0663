#pragma once
// Differentiable sums, means and maxima.
//
// `dim` counts from the end when negative; with keepdim the reduced dimension stays with size 1.
// Given (reduction.cpp); the rules are written in the autograd module (reduction_rules.h).

#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

// Sums are made in double and rounded once. A mean is that sum divided by the count, before it is
// rounded: it is finite wherever the values are.

// Over everything: shape [].
Tensor sum(const Tensor& x);
Tensor mean(const Tensor& x);
Tensor max(const Tensor& x);
// Σ x² / n with the squares and their sum in double: finite wherever the result is.
Tensor mean_square(const Tensor& x);

// Along one dimension: [2, 3] along dim 1 → [2], or [2, 1] with keepdim.
Tensor sum(const Tensor& x, std::int64_t dim, const ReduceOptions& options = {});
Tensor mean(const Tensor& x, std::int64_t dim, const ReduceOptions& options = {});
// The gradient goes to the first of the largest values. Throws Error on a dimension of size 0.
Tensor max(const Tensor& x, std::int64_t dim, const ReduceOptions& options = {});

// Where the largest value stands along `dim` (the first of equals), in the order of the result's
// elements. Not differentiable.
std::vector<std::int64_t> argmax(const Tensor& x, std::int64_t dim);

}  // namespace tinytorch::ops
