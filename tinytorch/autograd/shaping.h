#pragma once
// Differentiable changes of shape and selections of rows: values move, none is computed.
// Given (shaping.cpp).

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "tinytorch/core/tensor.h"

namespace tinytorch::ops {

// The same values in another shape, sharing storage. In the list one size may be -1.
Tensor reshape(const Tensor& x, const Shape& shape);
Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes);
// All dimensions from start_dim on as one: [8, 3, 4, 4] → [8, 48].
Tensor flatten(const Tensor& x, std::int64_t start_dim = 1);
// A copy with two dimensions swapped: [2, 3, 4] with (0, 2) → [4, 3, 2].
Tensor transpose(const Tensor& x, std::int64_t dim0, std::int64_t dim1);
// The parts one after the other along `dim`; all other sizes must be equal.
Tensor cat(const std::vector<Tensor>& parts, std::int64_t dim = 0);
// Indices [start, start + length) of dimension `dim`; a copy unless dim is 0.
Tensor narrow(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t length);
// Rows of dimension 0 by number, in the given order, with repetitions: [V, D] and n indices →
// [n, D]. The gradients of a row that is used several times add up.
Tensor index_select(const Tensor& x, std::span<const std::int64_t> indices);

}  // namespace tinytorch::ops
