#pragma once
// What the learner tests of this module share: matrices of small numbers, and the plain loop.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/teach.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/gemm/packed_gemm_tiles.h"

namespace tinytorch::kernels {

using Floats = std::vector<float>;

// Multiples of 1/8 from −8 to 8: readable in a message.
inline Floats numbers(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = (static_cast<float>(rng.below(129)) - 64.0f) / 8.0f;
  return values;
}

// Numbers whose sums round: what a changed order or a second rounding shows on.
inline Floats normals(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  Floats values(static_cast<std::size_t>(count));
  for (float& value : values) value = rng.normal();
  return values;
}

struct Sizes {
  std::int64_t m, n, k;
};

// c[i, j] = start + a[i, 0]·b[0, j] + …, one chain of fused multiply-adds.
inline Floats plain_product(const Floats& a, const Floats& b, const Sizes& s, Floats c = {}) {
  c.resize(static_cast<std::size_t>(s.m * s.n));
  for (std::int64_t i = 0; i < s.m; ++i) {
    for (std::int64_t j = 0; j < s.n; ++j) {
      float& sum = c[static_cast<std::size_t>(i * s.n + j)];
      for (std::int64_t p = 0; p < s.k; ++p) {
        sum = std::fma(a[static_cast<std::size_t>(i * s.k + p)],
                       b[static_cast<std::size_t>(p * s.n + j)], sum);
      }
    }
  }
  return c;
}

// "row 3, column 5 of 7 x 40": where element i of a matrix stands.
inline teach::Context place_in(const Sizes& s) {
  return [s](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    return "row " + std::to_string(at / s.n) + ", column " + std::to_string(at % s.n) + " of " +
           std::to_string(s.m) + " x " + std::to_string(s.n) + ", k = " + std::to_string(s.k);
  };
}

// b[k, n] in panels, without pack().
inline PackedFloats packed_by_hand(const Floats& b, std::int64_t k, std::int64_t n) {
  PackedFloats packed;
  packed.k = k;
  packed.n = n;
  packed.values.resize(static_cast<std::size_t>(packed.panels() * k * kFloatPanel));
  for (std::int64_t i = 0; i != k; ++i) {
    for (std::int64_t j = 0; j != n; ++j) {
      const std::int64_t row = j / kFloatPanel * k + i;
      packed.values[static_cast<std::size_t>(row * kFloatPanel + j % kFloatPanel)] =
          b[static_cast<std::size_t>(i * n + j)];
    }
  }
  return packed;
}

// Compares what a rung over packed panels does with a block of the product: rows and columns around
// every border of a tile, the first steps and later ones, and what lies outside the block.
void expect_block_products(const std::string& who, BlockKernel kernel);

}  // namespace tinytorch::kernels
