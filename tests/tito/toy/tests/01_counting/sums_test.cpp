#include "tinytorch/counting/sums.h"

#include <gtest/gtest.h>

#include <vector>

#include "tinytorch/core/error.h"

namespace tinytorch::counting {
namespace {

TEST(Total, AddsEveryValue) {
  const std::vector<int> values{1, 2, 3};
  EXPECT_EQ(total(values), 6) << "total must add every value, the first and the last among them";
}

TEST(Total, CountsNegativeValues) {
  const std::vector<int> values{5, -7};
  if (total(values) != -2) ADD_FAILURE() << "negative values count too";
}

TEST(Total, OfNothingIsZero) { EXPECT_EQ(total({}), 0) << "an empty sum is 0"; }

TEST(Mean, KeepsTheFraction) {
  const std::vector<int> values{1, 2};
  EXPECT_EQ(mean(values), 1.5) << "divide as floating point: 3 / 2 is 1.5";
}

TEST(Mean, OfOneValueIsThatValue) {
  const std::vector<int> values{4};
  EXPECT_EQ(mean(values), 4.0) << "divide by the count itself";
}

TEST(Mean, RefusesNoValues) { EXPECT_THROW(mean({}), Error) << "no values have no mean"; }

}  // namespace
}  // namespace tinytorch::counting
