#include "tinytorch/core/tensor.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace tinytorch {
namespace {

Tensor counting(Shape shape) { return Tensor::arange(shape.numel()).view(shape); }

TEST(Shape, PrintsAndCounts) {
  EXPECT_EQ(to_string(Shape{2, 3}), "[2, 3]");
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ((Shape{2, 3, 4}).numel(), 24);
  EXPECT_EQ(Shape{}.numel(), 1);
  EXPECT_EQ((Shape{2, 0}).numel(), 0);
}

TEST(Shape, NegativeDimensionsCountFromTheEnd) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape[-1], 4);
  EXPECT_EQ(shape[-3], 2);
  EXPECT_ERROR(static_cast<void>(shape[3]),
               "dimension 3 of a tensor with 3 dimensions; allowed are -3 to 2");
  EXPECT_ERROR(static_cast<void>(shape[-4]), "dimension -4");
}

TEST(Shape, RefusesNegativeAndOverflowingSizes) {
  EXPECT_ERROR((Shape{2, -1}), "size -1 of dimension 1 is negative");
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_ERROR((Shape{huge, 4}), "does not fit");
  EXPECT_ERROR((Shape{0, huge, 4}), "does not fit");
}

TEST(Tensor, HoldsWhatItIsGiven) {
  const Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(x.numel(), 6);
  EXPECT_EQ(x.at({1, 2}), 6.0f);
  EXPECT_EQ(x.at({0, 1}), 2.0f);
  EXPECT_ERROR(Tensor({2, 3}, {1, 2, 3, 4, 5}), "tensor: 5 values for shape [2, 3], which holds 6");
}

TEST(Tensor, StartsAtZero) {
  const Tensor zeros(Shape{3});
  for (const float value : zeros.data()) EXPECT_EQ(value, 0.0f);
  EXPECT_EQ(Tensor(Shape{}).numel(), 1);
}

TEST(Tensor, UndefinedTensorsThrow) {
  const Tensor x;
  EXPECT_FALSE(x.defined());
  EXPECT_ERROR(static_cast<void>(x.shape()), "used before");
  EXPECT_ERROR(static_cast<void>(x.data()), "used before");
  EXPECT_ERROR(static_cast<void>(x.grad()), "used before");
}

TEST(Tensor, CopiesAreHandlesAndClonesAreNot) {
  Tensor x = Tensor::ones({2});
  Tensor handle = x;
  Tensor copy = x.clone();
  handle.data()[0] = 5.0f;
  EXPECT_EQ(x.at({0}), 5.0f);
  EXPECT_EQ(copy.at({0}), 1.0f);
  EXPECT_TRUE(x.shares_storage_with(handle));
  EXPECT_FALSE(x.shares_storage_with(copy));
}

TEST(Tensor, ViewsShareStorage) {
  Tensor x = counting({2, 6});
  Tensor y = x.view({3, -1});
  EXPECT_EQ(y.shape(), (Shape{3, 4}));
  EXPECT_TRUE(x.shares_storage_with(y));
  y.data()[11] = -1.0f;
  EXPECT_EQ(x.at({1, 5}), -1.0f);
  EXPECT_ERROR(x.view({5, 2}), "view: [2, 6] has 12 elements, [5, 2] has 10");
  EXPECT_ERROR(x.view({5, -1}), "12 elements cannot be divided by 5");
  EXPECT_ERROR(x.view({-1, -1}), "negative");
}

TEST(Tensor, RowsAreViewsOfAPart) {
  Tensor x = counting({4, 3});
  Tensor middle = x.rows(1, 3);
  EXPECT_EQ(middle.shape(), (Shape{2, 3}));
  EXPECT_EQ(middle.at({0, 0}), 3.0f);
  EXPECT_EQ(middle.rows(1, 2).at({0, 2}), 8.0f);
  EXPECT_EQ(middle.clone().at({1, 2}), 8.0f);
  middle.data()[0] = 99.0f;
  EXPECT_EQ(x.at({1, 0}), 99.0f);
  EXPECT_EQ(x.rows(4, 4).numel(), 0);
  EXPECT_ERROR(x.rows(2, 5), "rows: [2, 5) of a tensor of shape [4, 3]");
  EXPECT_ERROR(x.rows(3, 2), "rows: [3, 2)");
  EXPECT_ERROR(Tensor::scalar(1).rows(0, 1), "rows: [0, 1) of a tensor of shape []");
}

TEST(Tensor, ItemAndAtCheckTheirArguments) {
  const Tensor x = counting({2, 3});
  EXPECT_ERROR(static_cast<void>(x.item()), "item: a tensor of shape [2, 3] has 6 elements, not 1");
  EXPECT_ERROR(static_cast<void>(x.at({1})), "at: 1 index for a tensor of shape [2, 3]");
  EXPECT_ERROR(static_cast<void>(x.at({1, 3})),
               "at: index 3 of dimension 1 in a tensor of shape [2, 3]");
  EXPECT_ERROR(static_cast<void>(x.at({-1, 0})), "at: index -1 of dimension 0");
  EXPECT_EQ(Tensor::scalar(4.0f).at({}), 4.0f);
}

TEST(Tensor, FactoriesFillAsTheySay) {
  Rng rng(3);
  EXPECT_EQ(Tensor::full({2}, 7.0f).at({1}), 7.0f);
  EXPECT_EQ(Tensor::arange(3).at({2}), 2.0f);
  const Tensor drawn = Tensor::uniform({100}, -2.0f, 3.0f, rng);
  for (const float value : drawn.data()) {
    EXPECT_GE(value, -2.0f);
    EXPECT_LT(value, 3.0f);
  }
  Rng same(3);
  EXPECT_EQ(drawn.at({99}), Tensor::uniform({100}, -2.0f, 3.0f, same).at({99}));
}

TEST(Tensor, DetachSharesValuesOutsideTheGraph) {
  Tensor x = Tensor::ones({2});
  x.set_requires_grad();
  const Tensor y = x.detach();
  EXPECT_FALSE(y.requires_grad());
  EXPECT_TRUE(y.shares_storage_with(x));
}

}  // namespace
}  // namespace tinytorch
