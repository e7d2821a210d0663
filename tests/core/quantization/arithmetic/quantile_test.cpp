// The exact quantile by way of the largest values only, against a sorted copy.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::quantization {
namespace {

float by_sorting(std::vector<float> x, double q) {
  std::sort(x.begin(), x.end());
  const double h = q * static_cast<double>(x.size() - 1);
  const auto lo = static_cast<std::size_t>(h);
  const double below = x[lo];
  const double above = x[std::min(lo + 1, x.size() - 1)];
  return static_cast<float>(below + (h - static_cast<double>(lo)) * (above - below));
}

// Whole numbers when `ties`: then the largest value is often there several times.
std::vector<float> draw(std::size_t n, bool ties, Rng& rng) {
  std::vector<float> x(n);
  for (float& value : x) {
    value = ties ? static_cast<float>(rng.below(3)) - 1.0f : rng.normal();
  }
  return x;
}

TEST(Quantile, EqualsSortingWhateverTheLength) {
  Rng rng(31);
  for (const double q : {1.0, kGolfQuantile, 0.999, 0.9, 0.5, 0.0}) {
    for (std::size_t n = 1; n <= 70; ++n) {
      for (const bool ties : {false, true}) {
        const std::vector<float> x = draw(n, ties, rng);
        ASSERT_EQ(quantile_top_k(x, q), by_sorting(x, q)) << n << " values, q = " << q;
      }
    }
  }
}

TEST(Quantile, EqualsSortingInTwoThousandRowsOfWeights) {
  Rng rng(32);
  for (int row = 0; row < 2048; ++row) {
    const std::vector<float> x = draw(512, false, rng);
    ASSERT_EQ(quantile_top_k(x, kGolfQuantile), by_sorting(x, kGolfQuantile)) << "row " << row;
  }
}

TEST(Quantile, NoValueThatIsNotFiniteSlipsThrough) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {kInf, -kInf, kNan, -kNan}) {
    for (const std::size_t at : {0u, 5u, 16u, 39u}) {
      std::vector<float> x(40, 1.0f);
      x[at] = bad;
      EXPECT_THROW((void)quantile_top_k(x, kGolfQuantile), Error) << bad << " at " << at;
      EXPECT_THROW((void)quantile_top_k(x, 0.5), Error) << bad << " at " << at;
    }
  }
}

TEST(Golf, FourBitsHaveSevenLevels) {
  const GolfTensor stored =
      golf_quantize_rows(std::vector<float>{14, -7, 1, 14}, 1, {4, GolfMode::kFaithful});
  EXPECT_EQ(stored.codes, (std::vector<std::int8_t>{7, -4, 0, 7}));  // -3.5 and 0.5 are ties
}

}  // namespace
}  // namespace tinytorch::quantization
