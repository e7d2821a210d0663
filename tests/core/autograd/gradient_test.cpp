// Every differentiable operation against finite differences.

#include "tests/support/gradient_check.h"

namespace tinytorch {
namespace {

using testing_support::expect_gradients;
using Inputs = const std::vector<Tensor>&;
using kernels::Trans;

Tensor random(Shape shape, std::uint64_t seed, float low = -1.0f, float high = 1.0f) {
  Rng rng(seed);
  return Tensor::uniform(std::move(shape), low, high, rng);
}

// Values in ±[0.1, 1]: away from the corner at 0.
Tensor away_from_zero(Shape shape, std::uint64_t seed) {
  Tensor x = random(std::move(shape), seed);
  for (float& value : x.data()) value += value < 0.0f ? -0.1f : 0.1f;
  return x;
}

// All values at least 0.05 apart.
Tensor distinct(Shape shape, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  Rng rng(seed);
  rng.shuffle(order);
  Tensor x(std::move(shape));
  for (std::size_t i = 0; i < order.size(); ++i) {
    x.data()[i] = 0.1f * static_cast<float>(order[i]) - 1.0f;
  }
  return x;
}

TEST(Gradient, Add) {
  expect_gradients([](Inputs x) { return x[0] + x[1]; }, {random({2, 3}, 1), random({2, 3}, 2)});
}
TEST(Gradient, AddBroadcastsBothWays) {
  expect_gradients([](Inputs x) { return x[0] + x[1]; }, {random({2, 1, 3}, 1), random({4, 1}, 2)});
}
TEST(Gradient, Sub) {
  expect_gradients([](Inputs x) { return x[0] - x[1]; }, {random({2, 3}, 1), random({3}, 2)});
}
TEST(Gradient, Mul) {
  expect_gradients([](Inputs x) { return x[0] * x[1]; }, {random({3, 1}, 1), random({2, 1, 4}, 2)});
}
TEST(Gradient, MulByItself) {
  expect_gradients([](Inputs x) { return x[0] * x[0]; }, {random({5}, 1)});
}
TEST(Gradient, Div) {
  expect_gradients([](Inputs x) { return x[0] / x[1]; },
                   {random({2, 3}, 1), random({3}, 2, 0.5f, 2.0f)});
}
TEST(Gradient, Maximum) {
  expect_gradients([](Inputs x) { return ops::maximum(x[0], x[1]); },
                   {distinct({3, 4}, 1), random({4}, 2, 0.04f, 0.06f)});
}
TEST(Gradient, ScalarOperators) {
  expect_gradients([](Inputs x) { return (2.0f - x[0] * 3.0f) / 4.0f + 1.0f / (x[0] + 5.0f); },
                   {random({6}, 1)});
}
TEST(Gradient, Neg) {
  expect_gradients([](Inputs x) { return -x[0]; }, {random({4}, 1)});
}
TEST(Gradient, Pow) {
  expect_gradients([](Inputs x) { return ops::pow(x[0], 2.5f); }, {random({4}, 1, 0.5f, 2.0f)});
}
TEST(Gradient, PowOfNegativeBase) {
  expect_gradients([](Inputs x) { return ops::pow(x[0], 3.0f); }, {random({4}, 1)});
}
TEST(Gradient, Exp) {
  expect_gradients([](Inputs x) { return ops::exp(x[0]); }, {random({4}, 1)});
}
TEST(Gradient, Log) {
  expect_gradients([](Inputs x) { return ops::log(x[0]); }, {random({4}, 1, 0.5f, 2.0f)});
}
TEST(Gradient, Sqrt) {
  expect_gradients([](Inputs x) { return ops::sqrt(x[0]); }, {random({4}, 1, 0.5f, 2.0f)});
}
TEST(Gradient, Abs) {
  expect_gradients([](Inputs x) { return ops::abs(x[0]); }, {away_from_zero({8}, 1)});
}
TEST(Gradient, Clamp) {
  expect_gradients([](Inputs x) { return ops::clamp(x[0], -0.55f, 0.25f); }, {distinct({20}, 1)});
}

TEST(Gradient, SumOfEverything) {
  expect_gradients([](Inputs x) { return ops::sum(x[0]); }, {random({2, 3}, 1)});
}
TEST(Gradient, SumAlongEachDimension) {
  for (std::int64_t dim = 0; dim < 3; ++dim) {
    expect_gradients([dim](Inputs x) { return ops::sum(x[0], dim, {.keepdim = dim == 1}); },
                     {random({2, 3, 4}, 1)});
  }
}
TEST(Gradient, Mean) {
  expect_gradients([](Inputs x) { return ops::mean(x[0], -1, {.keepdim = true}) * x[0]; },
                   {random({3, 4}, 1)});
  expect_gradients([](Inputs x) { return ops::mean(x[0]); }, {random({3, 4}, 1)});
}
TEST(Gradient, Max) {
  for (std::int64_t dim = 0; dim < 3; ++dim) {
    expect_gradients([dim](Inputs x) { return ops::max(x[0], dim); }, {distinct({2, 3, 4}, 1)});
  }
  expect_gradients([](Inputs x) { return ops::max(x[0]); }, {distinct({2, 3}, 2)});
}

TEST(Gradient, ReshapeAndFlatten) {
  expect_gradients([](Inputs x) { return ops::reshape(x[0], {4, -1}); }, {random({2, 6}, 1)});
  expect_gradients([](Inputs x) { return ops::flatten(x[0]); }, {random({2, 3, 2}, 1)});
}
TEST(Gradient, Transpose) {
  expect_gradients([](Inputs x) { return ops::transpose(x[0], 0, -1); }, {random({2, 3, 4}, 1)});
  expect_gradients([](Inputs x) { return ops::transpose(x[0], 2, 1); }, {random({2, 3, 4, 2}, 1)});
}
TEST(Gradient, Cat) {
  for (std::int64_t dim = 0; dim < 2; ++dim) {
    expect_gradients(
        [dim](Inputs x) {
          return ops::cat({x[0], x[1], x[0]}, dim);
        },
        {random({2, 2}, 1), random({2, 2}, 2)});
  }
}
TEST(Gradient, Narrow) {
  expect_gradients([](Inputs x) { return ops::narrow(x[0], 1, 1, 2); }, {random({2, 4, 3}, 1)});
  expect_gradients([](Inputs x) { return ops::narrow(x[0], 0, 1, 2); }, {random({4, 3}, 1)});
}
TEST(Gradient, IndexSelectAddsUpRepeatedRows) {
  const std::vector<std::int64_t> indices{2, 0, 2, 2};
  expect_gradients([&](Inputs x) { return ops::index_select(x[0], indices); }, {random({4, 3}, 1)});
}

TEST(Gradient, MatmulInAllFourForms) {
  for (const Trans a : {Trans::kNo, Trans::kYes}) {
    for (const Trans b : {Trans::kNo, Trans::kYes}) {
      const Shape shape_a = a == Trans::kYes ? Shape{3, 2} : Shape{2, 3};
      const Shape shape_b = b == Trans::kYes ? Shape{4, 3} : Shape{3, 4};
      expect_gradients([=](Inputs x) { return ops::matmul(x[0], x[1], a, b); },
                       {random(shape_a, 1), random(shape_b, 2)});
    }
  }
}
TEST(Gradient, BatchedMatmul) {
  for (const Trans a : {Trans::kNo, Trans::kYes}) {
    for (const Trans b : {Trans::kNo, Trans::kYes}) {
      const Shape shape_a = a == Trans::kYes ? Shape{2, 2, 3, 2} : Shape{2, 2, 2, 3};
      const Shape shape_b = b == Trans::kYes ? Shape{2, 2, 4, 3} : Shape{2, 2, 3, 4};
      expect_gradients([=](Inputs x) { return ops::matmul(x[0], x[1], a, b); },
                       {random(shape_a, 1), random(shape_b, 2)});
    }
  }
}
TEST(Gradient, MatmulWithASharedOperand) {
  for (const Trans a : {Trans::kNo, Trans::kYes}) {
    const Shape one = a == Trans::kYes ? Shape{3, 2} : Shape{2, 3};
    const Shape stack = a == Trans::kYes ? Shape{2, 3, 2} : Shape{2, 2, 3};
    const auto f = [=](Inputs x) { return ops::matmul(x[0], x[1], a); };
    expect_gradients(f, {random(one, 1), random({2, 3, 4}, 2)});
    expect_gradients(f, {random(stack, 1), random({3, 4}, 2)});
  }
}
TEST(Gradient, Linear) {
  const auto f = [](Inputs x) { return ops::linear(x[0], x[1], x[2]); };
  expect_gradients(f, {random({5, 3}, 1), random({4, 3}, 2), random({4}, 3)});
  expect_gradients(f, {random({2, 2, 3}, 1), random({4, 3}, 2), random({4}, 3)});
}
TEST(Gradient, LinearWithoutBias) {
  expect_gradients([](Inputs x) { return ops::linear(x[0], x[1], Tensor()); },
                   {random({5, 3}, 1), random({4, 3}, 2)});
}

TEST(Gradient, Relu) {
  expect_gradients([](Inputs x) { return ops::relu(x[0]); }, {away_from_zero({8}, 1)});
}
TEST(Gradient, Sigmoid) {
  expect_gradients([](Inputs x) { return ops::sigmoid(x[0]); }, {random({8}, 1, -3.0f, 3.0f)});
}
TEST(Gradient, Tanh) {
  expect_gradients([](Inputs x) { return ops::tanh(x[0]); }, {random({8}, 1, -2.0f, 2.0f)});
}
TEST(Gradient, Gelu) {
  for (const ops::Gelu form : {ops::Gelu::kExact, ops::Gelu::kTanh}) {
    expect_gradients([form](Inputs x) { return ops::gelu(x[0], form); },
                     {random({8}, 1, -3.0f, 3.0f)});
  }
}
TEST(Gradient, SoftmaxAndLogSoftmaxAlongEachDimension) {
  for (std::int64_t dim = 0; dim < 3; ++dim) {
    expect_gradients([dim](Inputs x) { return ops::softmax(x[0], dim); }, {random({2, 3, 4}, 1)});
    expect_gradients([dim](Inputs x) { return ops::log_softmax(x[0], dim); },
                     {random({2, 3, 4}, 1)});
  }
}

}  // namespace
}  // namespace tinytorch
