// The tiled sum along a dimension has the bits of the plain one, whatever is added up.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/accumulate.h"
#include "tinytorch/kernels/reduce.h"

namespace tinytorch {
namespace {

// Magnitudes from 1e-30 to 1e30, so that every change of the order shows.
std::vector<float> wild_values(std::size_t count) {
  Rng rng(7);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(rng.normal() * std::pow(10.0, rng.uniform(-30.0f, 30.0f)));
  }
  return values;
}

void expect_same_bits(const std::vector<float>& x, const kernels::Block& block) {
  const auto results = static_cast<std::size_t>(block.outer * block.inner);
  std::vector<float> plain(results, 3.0f);
  std::vector<float> tiled(results, 4.0f);
  kernels::sum_dim(x, block, plain);
  kernels::sum_in_tiles(x, block, tiled);
  EXPECT_EQ(std::memcmp(plain.data(), tiled.data(), results * sizeof(float)), 0)
      << "outer " << block.outer << ", size " << block.size << ", inner " << block.inner;
}

TEST(SumDim, TiledHasThePlainLoopsBits) {
  for (const std::int64_t outer : {1, 3}) {
    for (const std::int64_t size : {0, 1, 2, 7, 8, 9, 15, 16, 17, 40}) {
      for (const std::int64_t inner : {1, 2, 3, 8, 100, 4095, 4096, 4097, 8193}) {
        expect_same_bits(wild_values(static_cast<std::size_t>(outer * size * inner)),
                         {.outer = outer, .size = size, .inner = inner});
      }
    }
  }
}

TEST(SumDim, TiledKeepsSignedZerosInfinityAndNaN) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const std::int64_t size : {1, 2, 9}) {
    std::vector<float> x;
    for (std::int64_t s = 0; s < size; ++s) x.insert(x.end(), {-0.0f, kInf, -kInf, kNaN, 1e38f});
    x.back() = 3e38f;
    expect_same_bits(x, {.outer = 1, .size = size, .inner = 5});
  }
}

}  // namespace
}  // namespace tinytorch
