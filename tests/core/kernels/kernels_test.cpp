// Forward kernels against hand-worked numbers and against each other.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/core/tensor.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/elementwise.h"
#include "tinytorch/kernels/gemm/batched_gemm.h"
#include "tinytorch/kernels/matmul.h"
#include "tinytorch/kernels/reduce.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch::kernels {
namespace {

using Values = std::vector<float>;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Values random_values(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed);
  Values values(static_cast<std::size_t>(count));
  for (float& value : values) value = rng.uniform(-1.0f, 1.0f);
  return values;
}

void expect_near(const Values& got, const Values& expected, float tolerance = 1e-6f) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], tolerance) << i;
}

TEST(BroadcastShapes, FollowTheRules) {
  EXPECT_EQ(broadcast_shapes("add", {8, 1, 5}, {7, 1}), (Shape{8, 7, 5}));
  EXPECT_EQ(broadcast_shapes("add", {}, {3}), (Shape{3}));
  EXPECT_EQ(broadcast_shapes("add", {0}, {1}), (Shape{0}));
  EXPECT_EQ(broadcast_shapes("add", {1}, {0}), (Shape{0}));
  EXPECT_ERROR(broadcast_shapes("add", {2, 3}, {4}),
               "add: [2, 3] and [4]: sizes 3 and 4 of dimension -1 differ, and neither is 1");
  EXPECT_ERROR(broadcast_shapes("mul", {2, 3}, {0}), "mul: [2, 3] and [0]");
}

// The definition: every index of the result, taken apart by division.
Values by_definition(const Values& a, const Shape& a_shape, const Values& b, const Shape& b_shape,
                     const Shape& shape) {
  Values out;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    std::int64_t at[2] = {0, 0};
    std::int64_t stride[2] = {1, 1};
    std::int64_t rest = i;
    for (std::int64_t back = 1; back <= shape.ndim(); ++back) {
      const std::int64_t index = rest % shape[-back];
      rest /= shape[-back];
      for (int operand = 0; operand < 2; ++operand) {
        const Shape& own = operand == 0 ? a_shape : b_shape;
        if (back > own.ndim()) continue;
        if (own[-back] != 1) at[operand] += index * stride[operand];
        stride[operand] *= own[-back];
      }
    }
    out.push_back(a[static_cast<std::size_t>(at[0])] - b[static_cast<std::size_t>(at[1])]);
  }
  return out;
}

TEST(Binary, BroadcastsAnyPairOfShapes) {
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{2, 3}, {2, 3}},          {{2, 3}, {3}},
      {{2, 1}, {1, 3}},          {{}, {2, 2}},
      {{2, 3, 4}, {}},           {{4, 1, 3}, {2, 1}},
      {{2, 3, 4, 5}, {3, 1, 5}}, {{1, 3, 1, 5}, {2, 1, 4, 1}},
      {{2, 3, 1}, {3, 1}},       {{1}, {1, 1}}};
  for (const auto& [a_shape, b_shape] : pairs) {
    const Shape shape = broadcast_shapes("sub", a_shape, b_shape);
    const Values a = random_values(a_shape.numel(), 1);
    const Values b = random_values(b_shape.numel(), 2);
    Values out(static_cast<std::size_t>(shape.numel()));
    binary(Binary::kSubtract, a, a_shape, b, b_shape, out);
    EXPECT_EQ(out, by_definition(a, a_shape, b, b_shape, shape))
        << to_string(a_shape) << " and " << to_string(b_shape);
  }
}

TEST(Binary, EmptyTensorsGiveEmptyResults) {
  Values out;
  binary(Binary::kAdd, Values{}, {0, 3}, Values{1, 2, 3}, {3}, out);
  binary(Binary::kAdd, Values{}, {2, 0}, Values{1}, {1}, out);
}

TEST(Binary, ComputesEachOperation) {
  const auto run = [](Binary op) {
    Values out(1);
    binary(op, Values{6}, {1}, Values{4}, {1}, out);
    return out[0];
  };
  EXPECT_EQ(run(Binary::kAdd), 10.0f);
  EXPECT_EQ(run(Binary::kSubtract), 2.0f);
  EXPECT_EQ(run(Binary::kMultiply), 24.0f);
  EXPECT_EQ(run(Binary::kDivide), 1.5f);
  EXPECT_EQ(run(Binary::kMaximum), 6.0f);
}

TEST(Binary, MaximumKeepsNan) {
  Values out(2);
  binary(Binary::kMaximum, Values{kNan, 1}, {2}, Values{1, kNan}, {2}, out);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_TRUE(std::isnan(out[1]));
}

TEST(Binary, WorksInPlace) {
  Values a{1, 2, 3, 4};
  binary(Binary::kAdd, a, {2, 2}, Values{10, 20}, {2}, a);
  EXPECT_EQ(a, (Values{11, 22, 13, 24}));
}

TEST(Sum, AlongEachDimensionOfABlock) {
  const Values x{1, 2, 3, 4, 5, 6};
  Values columns(3);
  sum_dim(x, block_around({2, 3}, 0), columns);
  EXPECT_EQ(columns, (Values{5, 7, 9}));
  Values rows(2);
  sum_dim(x, block_around({2, 3}, 1), rows);
  EXPECT_EQ(rows, (Values{6, 15}));
}

TEST(Sum, OfNothingIsZero) {
  EXPECT_EQ(sum(Values{}), 0.0f);
  Values out{1, 1};
  sum_dim(Values{}, block_around({0, 2}, 0), out);
  EXPECT_EQ(out, (Values{0, 0}));
}

TEST(Sum, DoesNotStallAtTwoToThe24) {
  const Values ones((std::size_t{1} << 24) + 10, 1.0f);
  EXPECT_EQ(sum(ones), 16777226.0f);
}

TEST(Max, TakesTheFirstOfEqualsAndKeepsNan) {
  Values out(1);
  std::vector<std::int64_t> index(1);
  max_dim(Values{1, 7, 7}, {1, 3, 1}, out, index);
  EXPECT_EQ(out[0], 7.0f);
  EXPECT_EQ(index[0], 1);
  max_dim(Values{1, kNan, 9, kNan}, {1, 4, 1}, out, index);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(index[0], 1);
  max_dim(Values{-kInfinity, -kInfinity}, {1, 2, 1}, out, index);
  EXPECT_EQ(out[0], -kInfinity);
  EXPECT_ERROR(max_dim(Values{}, {1, 0, 1}, out, index), "max: a dimension of size 0");
}

TEST(Matmul, WorkedByHand) {
  Values c(4);
  matmul(Values{1, 2, 3, 4}, Values{5, 6, 7, 8}, c, 2, 2, 2);
  EXPECT_EQ(c, (Values{19, 22, 43, 50}));
  matmul(Values{}, Values{}, c, 2, 2, 0);
  EXPECT_EQ(c, (Values{0, 0, 0, 0}));
}

TEST(Transpose, SwapsRowsAndColumns) {
  Values out(6);
  transpose(Values{1, 2, 3, 4, 5, 6}, 2, 3, out);
  EXPECT_EQ(out, (Values{1, 4, 2, 5, 3, 6}));
}

TEST(Gemm, EqualsThePlainLoopsInEveryForm) {
  const std::vector<std::array<std::int64_t, 3>> sizes{{1, 1, 1},   {3, 5, 7},    {1, 64, 33},
                                                       {17, 1, 31}, {64, 48, 96}, {2, 3, 0}};
  for (const auto& [m, n, k] : sizes) {
    const Values a = random_values(m * k, 1);
    const Values b = random_values(k * n, 2);
    Values a_t(a.size());
    Values b_t(b.size());
    transpose(a, m, k, a_t);
    transpose(b, k, n, b_t);
    Values expected(static_cast<std::size_t>(m * n));
    matmul(a, b, expected, m, n, k);
    Values c(expected.size(), 99.0f);
    gemm(Trans::kNo, Trans::kNo, m, n, k, a, b, c);
    expect_near(c, expected, 1e-4f);
    gemm(Trans::kNo, Trans::kYes, m, n, k, a, b_t, c);
    expect_near(c, expected, 1e-4f);
    gemm(Trans::kYes, Trans::kNo, m, n, k, a_t, b, c);
    expect_near(c, expected, 1e-4f);
    gemm(Trans::kYes, Trans::kYes, m, n, k, a_t, b_t, c);
    expect_near(c, expected, 1e-4f);
    gemm(Trans::kNo, Trans::kNo, m, n, k, a, b, c, true);
    for (float& value : expected) value *= 2.0f;
    expect_near(c, expected, 2e-4f);
  }
}

TEST(BatchedGemm, UsesASharedOperandForEveryMatrix) {
  // a: two matrices 1×2; b: one 2×1.
  Values c(2);
  batched_gemm(Trans::kNo, Trans::kNo, {2, 1, 1, 2}, Values{1, 2, 3, 4}, Values{10, 1}, c);
  EXPECT_EQ(c, (Values{12, 34}));
}

TEST(BatchedGemm, AddsUpInASharedResult) {
  Values c{77.0f};
  batched_gemm(Trans::kNo, Trans::kNo, {2, 1, 1, 2}, Values{1, 2, 3, 4}, Values{10, 1, 10, 1}, c);
  EXPECT_EQ(c, (Values{46}));
}

TEST(Activation, WorkedByHand) {
  const Values x{-2, -1, 0, 1, 3};
  Values out(5);
  relu(x, out);
  EXPECT_EQ(out, (Values{0, 0, 0, 1, 3}));
  sigmoid(x, out);
  expect_near(out, {0.1192029f, 0.2689414f, 0.5f, 0.7310586f, 0.9525741f});
  tanh(x, out);
  expect_near(out, {-0.9640276f, -0.7615942f, 0.0f, 0.7615942f, 0.9950548f});
  gelu(x, out);
  expect_near(out, {-0.0455003f, -0.1586553f, 0.0f, 0.8413447f, 2.9959502f});
  gelu_tanh(x, out);
  expect_near(out, {-0.0454023f, -0.1588080f, 0.0f, 0.8411920f, 2.9963627f});
}

TEST(Activation, SurvivesExtremes) {
  const Values x{-200, 200, kInfinity, -kInfinity};
  Values out(4);
  sigmoid(x, out);
  EXPECT_EQ(out, (Values{0, 1, 1, 0}));
  relu(Values{kNan}, std::span<float>(out).first(1));
  EXPECT_TRUE(std::isnan(out[0]));
}

TEST(Softmax, WorkedByHandAndUnmovedByAnOffset) {
  Values out(3);
  softmax(Values{1, 2, 3}, {1, 3, 1}, out);
  expect_near(out, {0.0900306f, 0.2447285f, 0.6652409f});
  softmax(Values{1001, 1002, 1003}, {1, 3, 1}, out);
  expect_near(out, {0.0900306f, 0.2447285f, 0.6652409f});
}

TEST(Softmax, RunsAlongAnInnerDimension) {
  // [2, 2] along dimension 0: the columns {0, 0} and {0, ln 3}.
  Values out(4);
  softmax(Values{0, 0, 0, std::log(3.0f)}, {1, 2, 2}, out);
  expect_near(out, {0.5f, 0.25f, 0.5f, 0.75f});
}

TEST(LogSoftmax, KeepsWhatSoftmaxWouldRoundAway) {
  Values out(2);
  log_softmax(Values{0, 200}, {1, 2, 1}, out);
  EXPECT_EQ(out, (Values{-200, 0}));
}

}  // namespace
}  // namespace tinytorch::kernels
