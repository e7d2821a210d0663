#include "tinytorch/core/print.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace tinytorch {
namespace {

TEST(Print, ShowsNestedRows) {
  EXPECT_EQ(to_string(Tensor({2, 2}, {1, 2, 3, -4})), "[[1, 2],\n [3, -4]]");
  EXPECT_EQ(to_string(Tensor({2}, {0.5f, 2})), "[0.5000, 2.0000]");
  EXPECT_EQ(to_string(Tensor::scalar(0.25f)), "0.2500");
  EXPECT_EQ(to_string(Tensor({2, 1, 2}, {1, 2, 3, 4})), "[[[1, 2]],\n\n [[3, 4]]]");
  EXPECT_EQ(to_string(Tensor(Shape{0})), "[]");
  EXPECT_EQ(to_string(Tensor()), "undefined");
}

TEST(Print, ShowsTheEndsOfALongDimension) {
  EXPECT_EQ(to_string(Tensor::arange(10)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
  EXPECT_EQ(to_string(Tensor::arange(11)), "[0, 1, 2, ..., 8, 9, 10]");
}

TEST(Print, ShowsWhatIsNoNumberAndWhatIsLarge) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(to_string(Tensor({3}, {1, infinity, -infinity})), "[1, inf, -inf]");
  EXPECT_EQ(to_string(Tensor({1}, {std::nanf("")})), "[nan]");
  EXPECT_EQ(to_string(Tensor({2}, {1e-6f, 3})), "[1.0000e-06, 3.0000e+00]");
  EXPECT_EQ(to_string(Tensor({1}, {3e38f})), "[3.0000e+38]");
}

TEST(Print, GoesToStreams) {
  std::ostringstream out;
  out << Tensor({1}, {7});
  EXPECT_EQ(out.str(), "[7]");
}

}  // namespace
}  // namespace tinytorch
