// Broadcasting arithmetic: the answer, element by element, against the engine's form, line by line.
#include "tinytorch/kernels/detail/binary_by_lines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/elementwise.h"

namespace tinytorch::kernels {
namespace {

using Floats = std::vector<float>;

// Normal numbers with zeros of both signs, extremes, infinities and NaN among them.
Floats draw(std::int64_t count, Rng& rng) {
  using Limits = std::numeric_limits<float>;
  constexpr float kOdd[] = {0.0f,
                            -0.0f,
                            1.0f,
                            Limits::max(),
                            Limits::min(),
                            Limits::denorm_min(),
                            -Limits::max(),
                            Limits::infinity(),
                            Limits::quiet_NaN()};
  Floats x(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 5 == 3 ? kOdd[i / 5 % 9] : rng.normal();
  return x;
}

void expect_same_bits(const Shape& a_shape, const Shape& b_shape) {
  Rng rng(7);
  const Floats a = draw(a_shape.numel(), rng);
  const Floats b = draw(b_shape.numel(), rng);
  const auto size = static_cast<std::size_t>(broadcast_shapes("test", a_shape, b_shape).numel());
  for (const Binary op :
       {Binary::kAdd, Binary::kSubtract, Binary::kMultiply, Binary::kDivide, Binary::kMaximum}) {
    Floats plain(size, 99.0f);
    Floats fast(size, 77.0f);
    binary(op, a, a_shape, b, b_shape, plain);
    detail::binary_by_lines(op, a, a_shape, b, b_shape, fast);
    for (std::size_t i = 0; i < size; ++i) {
      if (std::isnan(plain[i]) && std::isnan(fast[i])) continue;
      ASSERT_EQ(std::memcmp(&plain[i], &fast[i], sizeof(float)), 0)
          << to_string(a_shape) << " and " << to_string(b_shape) << ", operation "
          << static_cast<int>(op) << ", element " << i << ": " << plain[i] << " and " << fast[i];
    }
  }
}

TEST(BinaryByLines, OfEqualShapes) {
  for (const std::int64_t size : {0, 1, 7, 16, 17, 64, 257}) expect_same_bits({size}, {size});
  expect_same_bits({}, {});
  expect_same_bits({3, 0, 2}, {3, 0, 2});
}

TEST(BinaryByLines, WhereOneIsRepeated) {
  expect_same_bits({5, 7}, {7});
  expect_same_bits({7}, {5, 7});
  expect_same_bits({5, 7}, {5, 1});
  expect_same_bits({5, 1}, {5, 7});
  expect_same_bits({5, 7}, {});
  expect_same_bits({1}, {33});
}

TEST(BinaryByLines, WhereBothAreRepeated) {
  expect_same_bits({2, 1}, {3});
  expect_same_bits({3, 1, 5, 1}, {1, 4, 1, 6});
  expect_same_bits({1, 4, 1, 6}, {3, 1, 5, 1});
  expect_same_bits({2, 1, 3, 17}, {4, 1, 17});
  expect_same_bits({0, 4}, {1, 4});
  expect_same_bits({2, 1, 1}, {1, 0});
}

}  // namespace
}  // namespace tinytorch::kernels
