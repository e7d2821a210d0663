#include "tinytorch/sorting/order.h"

#include <gtest/gtest.h>

#include <vector>

namespace tinytorch::sorting {
namespace {

TEST(Smallest, FindsItInTheMiddle) {
  const std::vector<int> values{3, 1, 2};
  EXPECT_EQ(smallest(values), 1) << "look at every value";
}

TEST(Smallest, MayBePositiveOrNegative) {
  EXPECT_EQ(smallest(std::vector<int>{4, 5}), 4) << "begin with the first value, not with 0";
  EXPECT_EQ(smallest(std::vector<int>{4, 5, -6}), -6) << "the last value counts too";
}

TEST(AboveSmallest, IsMeanMinusSmallest) {
  const std::vector<int> values{1, 2};
  EXPECT_EQ(above_smallest(values), 0.5) << "mean 1.5, smallest 1";
}

}  // namespace
}  // namespace tinytorch::sorting
