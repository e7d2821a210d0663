// Floats compared as integers.
#include "tinytorch/core/float_order.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tinytorch/core/rng.h"

namespace tinytorch {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(FloatOrder, RanksGrowWithTheFloat) {
  const std::vector<float> ascending = {-kInf,  -3e38f, -1.0f, -1e-45f, -0.0f, 0.0f,
                                        1e-45f, 0.5f,   1.0f,  3e38f,   kInf};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(float_rank(ascending[i - 1]), float_rank(ascending[i])) << ascending[i];
  }
}

TEST(FloatOrder, ANanLiesBeyondTheInfinityOfItsSign) {
  EXPECT_GT(float_rank(kNan), float_rank(kInf));
  EXPECT_LT(float_rank(-kNan), float_rank(-kInf));
}

TEST(FloatOrder, TheRankKnowsItsFloat) {
  Rng rng(5);
  for (int i = 0; i < 1000; ++i) {
    const float x = rng.normal() * 1e10f;
    EXPECT_EQ(float_of_rank(float_rank(x)), x);
  }
  EXPECT_EQ(float_rank(1.0f), 0x3f800000);
  EXPECT_EQ(float_rank(-1.0f), -0x3f800001);
}

}  // namespace
}  // namespace tinytorch
