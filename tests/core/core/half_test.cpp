// Half-precision floats, all 65,536 of them.
#include "tinytorch/core/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tinytorch::quantization {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// What the 16 bits mean, by the standard's definition.
double meaning(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction == 0 ? sign * double{kInf} : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Half, EveryHalfMeansWhatTheStandardSaysAndComesBack) {
  for (int i = 0; i < 65536; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const float value = float_from_half(half);
    if (std::isnan(meaning(half))) {
      ASSERT_TRUE(std::isnan(value)) << i;
      ASSERT_EQ(half_from_float(value), (i & 0x8000) | 0x7E00) << i;
      continue;
    }
    ASSERT_EQ(double{value}, meaning(half)) << i;
    ASSERT_EQ(std::signbit(value), i >= 32768) << i;
    ASSERT_EQ(half_from_float(value), i);
  }
}

// Between each pair of neighbours: the middle goes to the even one, a little off it to the nearer.
TEST(Half, EveryTieGoesToTheEvenNeighbour) {
  for (int i = 0; i < 0x7C00; ++i) {
    const double above = i + 1 == 0x7C00 ? 65536.0 : meaning(static_cast<std::uint16_t>(i + 1));
    const auto middle = static_cast<float>((meaning(static_cast<std::uint16_t>(i)) + above) / 2.0);
    const int even = i % 2 == 0 ? i : i + 1;
    for (const int sign : {0, 0x8000}) {
      const float signed_middle = sign == 0 ? middle : -middle;
      const float towards_0 = std::nextafter(signed_middle, 0.0f);
      const float outwards = std::nextafter(signed_middle, sign == 0 ? kInf : -kInf);
      ASSERT_EQ(half_from_float(signed_middle), sign | even) << i;
      ASSERT_EQ(half_from_float(towards_0), sign | i) << i;
      ASSERT_EQ(half_from_float(outwards), sign | (i + 1)) << i;
    }
  }
}

TEST(Half, TheEndsOfFloat) {
  EXPECT_EQ(half_from_float(std::numeric_limits<float>::max()), 0x7C00);
  EXPECT_EQ(half_from_float(-kInf), 0xFC00);
  EXPECT_EQ(half_from_float(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(half_from_float(-0.0f), 0x8000);
  EXPECT_EQ(float_from_half(half_from_float(kLargestHalf)), kLargestHalf);
}

}  // namespace
}  // namespace tinytorch::quantization
