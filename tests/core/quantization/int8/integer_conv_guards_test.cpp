// Guards that foresee what a task's arithmetic will do, at the borders where it does.
#include "tinytorch/quantization/int8/detail/integer_conv_guards.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tinytorch/quantization/arithmetic/detail/dialects_guards.h"

namespace tinytorch::quantization {
namespace {

TEST(RequireMultiplier, LetsThroughExactlyWhatHasAnExponentUpTo30) {
  const double border = 0x1p30 - 0.25;
  const double below = std::nextafter(border, 0.0);
  EXPECT_NO_THROW(require_multiplier("f", below));
  EXPECT_EQ(quantize_multiplier(below).exponent, 30);
  EXPECT_EQ(quantize_multiplier(below).mantissa, 0x7fffffff);
  EXPECT_ERROR(require_multiplier("f", border), "needs an exponent above 30");
  EXPECT_ERROR(require_multiplier("f", 0.0),
               "f: the multiplier must be positive and finite, got 0");
}

TEST(RequireRightShift, LetsThroughExactlyWhatHasNoPositiveExponent) {
  // 2 · 0.5 / (2^20 · scale): 1 for the scale 2^-20, less for the next larger float.
  const auto sum_to = [](float scale) {
    return AddGrids{.a = {0.5f, 0}, .b = {0.25f, 0}, .output = {scale, 0}};
  };
  const float larger = std::nextafter(0x1p-20f, 1.0f);
  EXPECT_NO_THROW(require_right_shift("f", sum_to(larger)));
  EXPECT_EQ(quantize_multiplier(1.0 / (0x1p20 * double{larger})).exponent, 0);
  EXPECT_ERROR(require_right_shift("f", sum_to(0x1p-20f)), "must be worth less than one");
  EXPECT_EQ(quantize_multiplier(1.0).exponent, 1);
}

}  // namespace
}  // namespace tinytorch::quantization
