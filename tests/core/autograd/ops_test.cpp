// What operations accept, refuse and return; their gradients are gradient_test.cpp.

#include "tinytorch/autograd/ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/expect_error.h"

namespace tinytorch {
namespace {

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

Tensor counting(Shape shape) { return Tensor::arange(shape.numel()).view(shape); }

TEST(Arithmetic, OperatorsBroadcast) {
  const Tensor column({2, 1}, {10, 20});
  const Tensor row({3}, {1, 2, 3});
  EXPECT_EQ(values(column + row), (std::vector<float>{11, 12, 13, 21, 22, 23}));
  EXPECT_EQ((column + row).shape(), (Shape{2, 3}));
  EXPECT_EQ(values(6.0f / row), (std::vector<float>{6, 3, 2}));
  EXPECT_EQ(values(1.0f - row), (std::vector<float>{0, -1, -2}));
  EXPECT_ERROR(row - Tensor::ones({4}), "sub: [3] and [4]");
}

TEST(Arithmetic, PowOfZeroToTheZerothHasNoSlope) {
  Tensor x = Tensor::zeros({1});
  x.set_requires_grad();
  ops::sum(ops::pow(x, 0.0f)).backward();
  EXPECT_EQ(x.grad().item(), 0.0f);
}

TEST(Reduction, ShapesWithAndWithoutKeepdim) {
  const Tensor x = counting({2, 3, 4});
  EXPECT_EQ(ops::sum(x).shape(), Shape{});
  EXPECT_EQ(ops::sum(x, 1).shape(), (Shape{2, 4}));
  EXPECT_EQ(ops::sum(x, -2, {.keepdim = true}).shape(), (Shape{2, 1, 4}));
  EXPECT_EQ(ops::mean(x).item(), 11.5f);
  EXPECT_EQ(ops::max(x, 0).at({2, 3}), 23.0f);
  EXPECT_ERROR(ops::sum(x, 3), "sum: dimension 3 of a tensor with 3 dimensions");
  EXPECT_ERROR(ops::mean(Tensor(Shape{2, 0}), 1), "mean: [2, 0] has nothing");
  EXPECT_ERROR(ops::max(Tensor(Shape{0})), "has nothing to take the max of");
}

TEST(Reduction, ArgmaxAlongEachDimension) {
  const Tensor x({2, 3}, {1, 9, 2, 7, 3, 7});
  EXPECT_EQ(ops::argmax(x, 1), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(ops::argmax(x, 0), (std::vector<std::int64_t>{1, 0, 1}));
}

TEST(Matmul, ShapesAndSharedOperands) {
  EXPECT_EQ(values(ops::matmul(counting({2, 2}), counting({2, 2}))),
            (std::vector<float>{2, 3, 6, 11}));
  EXPECT_EQ(ops::matmul(counting({5, 2, 3}), counting({3, 4})).shape(), (Shape{5, 2, 4}));
  EXPECT_EQ(ops::matmul(counting({2, 3}), counting({5, 3, 4})).shape(), (Shape{5, 2, 4}));
  EXPECT_EQ(ops::matmul(counting({2, 3, 4, 5}), counting({2, 3, 5, 4})).shape(),
            (Shape{2, 3, 4, 4}));
}

TEST(Matmul, ErrorsNameBothShapes) {
  EXPECT_ERROR(ops::matmul(counting({2, 3}), counting({4, 5})),
               "matmul: [2, 3] × [4, 5]: inner sizes 3 and 4 differ");
  EXPECT_ERROR(
      ops::matmul(counting({2, 3}), counting({4, 5}), kernels::Trans::kNo, kernels::Trans::kYes),
      "matmul: [2, 3] × [4, 5]ᵀ: inner sizes 3 and 5 differ");
  EXPECT_ERROR(ops::matmul(counting({2, 3, 4}), counting({5, 4, 6})),
               "matmul: [2, 3, 4] × [5, 4, 6]: batch sizes [2] and [5] differ");
  EXPECT_ERROR(ops::matmul(counting({3}), counting({3, 4})), "both need at least 2 dimensions");
}

TEST(Linear, WorkedByHand) {
  const Tensor y =
      ops::linear(Tensor({1, 2}, {1, 2}), Tensor({2, 2}, {3, 4, 5, 6}), Tensor({2}, {10, 20}));
  EXPECT_EQ(values(y), (std::vector<float>{21, 37}));
  const Tensor z = ops::linear(Tensor({2}, {1, 2}), Tensor({2, 2}, {3, 4, 5, 6}), Tensor());
  EXPECT_EQ(z.shape(), (Shape{2}));
  EXPECT_EQ(values(z), (std::vector<float>{11, 17}));
}

TEST(Linear, ErrorsNameBothShapes) {
  EXPECT_ERROR(ops::linear(counting({8, 3}), counting({5, 4}), Tensor()),
               "linear: [8, 3] × [5, 4]ᵀ: inner sizes 3 and 4 differ");
  EXPECT_ERROR(ops::linear(counting({8, 4}), counting({5, 4}), counting({4})),
               "linear: bias [4] for a weight [5, 4]");
}

TEST(Shaping, ReshapeAndFlatten) {
  const Tensor x = counting({2, 3, 4});
  EXPECT_EQ(ops::reshape(x, {-1, 8}).shape(), (Shape{3, 8}));
  EXPECT_TRUE(ops::reshape(x, {24}).shares_storage_with(x));
  EXPECT_EQ(ops::flatten(x).shape(), (Shape{2, 12}));
  EXPECT_EQ(ops::flatten(x, 0).shape(), (Shape{24}));
  EXPECT_ERROR(ops::reshape(x, {5, 5}), "reshape: [2, 3, 4] has 24 elements, [5, 5] has 25");
}

TEST(Shaping, TransposeAnyTwoDimensions) {
  const Tensor x = counting({2, 3, 4});
  const Tensor y = ops::transpose(x, -1, 0);
  EXPECT_EQ(y.shape(), (Shape{4, 3, 2}));
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 3; ++j) {
      for (std::int64_t k = 0; k < 4; ++k) EXPECT_EQ(y.at({k, j, i}), x.at({i, j, k}));
    }
  }
  EXPECT_EQ(values(ops::transpose(x, 1, 1)), values(x));
}

TEST(Shaping, CatAndNarrowAreInverse) {
  const Tensor x = counting({2, 5, 3});
  for (std::int64_t dim = 0; dim < 3; ++dim) {
    const Tensor first = ops::narrow(x, dim, 0, 1);
    const Tensor rest = ops::narrow(x, dim, 1, x.size(dim) - 1);
    EXPECT_EQ(values(ops::cat({first, rest}, dim)), values(x));
  }
  EXPECT_ERROR(ops::narrow(x, 1, 3, 3),
               "narrow: [3, 6) of dimension 1 in a tensor of shape [2, 5, 3]");
  EXPECT_ERROR(ops::cat({x, counting({2, 4, 4})}, 1), "cat: [2, 5, 3] and [2, 4, 4] differ");
  EXPECT_ERROR(ops::cat({}), "cat: no tensors");
}

TEST(Shaping, IndexSelectTakesRowsInOrder) {
  const Tensor x = counting({3, 2});
  const std::vector<std::int64_t> indices{2, 0, 2};
  EXPECT_EQ(values(ops::index_select(x, indices)), (std::vector<float>{4, 5, 0, 1, 4, 5}));
  const std::vector<std::int64_t> bad{3};
  EXPECT_ERROR(ops::index_select(x, bad),
               "index_select: index 3 for a tensor of shape [3, 2]; rows are 0 to 2");
}

TEST(Math, ClampChecksItsBounds) {
  EXPECT_EQ(values(ops::clamp(Tensor({3}, {-5, 0.5f, 5}), -1, 1)),
            (std::vector<float>{-1, 0.5f, 1}));
  EXPECT_ERROR(ops::clamp(Tensor::ones({1}), 2, 1), "clamp: low 2 is above high 1");
}

TEST(Math, ClampPassesTheGradientAtItsBounds) {
  Tensor x({4}, {-1, 1, -1.5f, 1.5f});
  x.set_requires_grad();
  ops::sum(ops::clamp(x, -1, 1)).backward();
  EXPECT_EQ(values(x.grad()), (std::vector<float>{1, 1, 0, 0}));
}

TEST(Activation, ReluAtZeroHasSlopeZero) {
  Tensor x = Tensor::zeros({1});
  x.set_requires_grad();
  ops::sum(ops::relu(x)).backward();
  EXPECT_EQ(x.grad().item(), 0.0f);
}

TEST(Maximum, SharesTheGradientOfEquals) {
  Tensor a({3}, {1, 5, 2});
  Tensor b({3}, {3, 5, 1});
  a.set_requires_grad();
  b.set_requires_grad();
  ops::sum(ops::maximum(a, b)).backward();
  EXPECT_EQ(values(a.grad()), (std::vector<float>{0, 0.5f, 1}));
  EXPECT_EQ(values(b.grad()), (std::vector<float>{1, 0.5f, 0}));
}

}  // namespace
}  // namespace tinytorch
