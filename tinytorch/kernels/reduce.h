#pragma once
// Sums and maxima, over everything or along one dimension.
//
// Around a dimension d a row-major tensor is a block [outer, size, inner]: outer is the product of
// the sizes before d, inner of those after it. Element (o, s, i) stands at (o·size + s)·inner + i.
// A result along d has outer·inner elements.
// Written in the tensor module (reduce.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/core/shape.h"

namespace tinytorch::kernels {

struct Block {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;
};

// The block around `dim`, 0 <= dim < shape.ndim().
Block block_around(const Shape& shape, std::int64_t dim);

// The sum of all values, added up in double and rounded once; 0 for none.
float sum(std::span<const float> x);

// out[o, i] = Σ_s x[o, s, i], added up in double and rounded once.
void sum_dim(std::span<const float> x, const Block& block, std::span<float> out);

// out[o, i] = max_s x[o, s, i] and index[o, i] = the first s that has it. A NaN counts as larger
// than any number. Throws Error when block.size is 0 and there is a result to fill.
void max_dim(std::span<const float> x, const Block& block, std::span<float> out,
             std::span<std::int64_t> index);

}  // namespace tinytorch::kernels
