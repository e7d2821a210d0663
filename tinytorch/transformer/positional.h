#pragma once
// Where a token stands: attention itself cannot tell, so a vector that depends on the place is
// added to each token's vector. Source: Vaswani et al., "Attention is all you need", 2017, §3.5.
// Written in the embeddings module (positional.cpp).

#include <cstdint>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// Rows for positions first, …, first + count − 1: [count, dim] with, for i < dim/2,
//   out[r, 2i]     = sin((first + r) / 10000^(2i/dim))
//   out[r, 2i + 1] = cos((first + r) / 10000^(2i/dim)),
// computed in double. There is no last position. Throws Error unless dim is even and positive and
// first, count are not negative.
Tensor sinusoidal_encoding(std::int64_t first, std::int64_t count, std::int64_t dim);

// A vector to learn for each position. Parameter "weight" [positions, dim], drawn from N(0, 0.02²).
class LearnedPositions : public Module {
 public:
  LearnedPositions(std::int64_t positions, std::int64_t dim, Rng& rng);

  // Rows [first, first + count) of the table. Throws Error
  // "positions: [60, 70) of a table of 64; the model has learned no position from 64 on".
  Tensor rows(std::int64_t first, std::int64_t count) const;
  // x [..., T, dim] + rows(0, T).
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "LearnedPositions(64, 128)"

  const Tensor& weight() const { return weight_; }

 private:
  Tensor weight_;
};

}  // namespace tinytorch::nn
