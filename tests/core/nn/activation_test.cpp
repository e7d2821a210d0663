// The activation functions made of straight lines, SiLU, and their gradients.
#include "tinytorch/nn/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/gradient_check.h"

namespace tinytorch::nn {
namespace {

using testing_support::expect_gradients;
using Inputs = const std::vector<Tensor>&;

float at(Module&& layer, float x) { return layer.forward(Tensor({1}, {x})).item(); }

float slope_at(Module&& layer, float x) {
  Tensor input({1}, {x});
  input.set_requires_grad();
  ops::sum(layer.forward(input)).backward();
  return input.grad().item();
}

// On both sides of every corner, none of them within 0.02.
Tensor around_the_corners() {
  return Tensor({9}, {-5.0f, -3.1f, -2.9f, -1.0f, -0.1f, 0.1f, 1.5f, 2.9f, 3.1f});
}

TEST(Activation, PiecewiseFunctionsHaveTheirTextbookValues) {
  EXPECT_EQ(at(LeakyReLU(0.25f), -2.0f), -0.5f);
  EXPECT_EQ(at(LeakyReLU(0.25f), 2.0f), 2.0f);
  EXPECT_EQ(at(Hardtanh(), 1.5f), 1.0f);
  EXPECT_EQ(at(Hardtanh(-2.0f, 6.0f), -3.0f), -2.0f);
  EXPECT_EQ(at(Hardsigmoid(), -3.0f), 0.0f);
  EXPECT_EQ(at(Hardsigmoid(), 0.0f), 0.5f);
  EXPECT_FLOAT_EQ(at(Hardsigmoid(), 1.5f), 0.75f);
  EXPECT_EQ(at(Hardsigmoid(), 3.0f), 1.0f);
  EXPECT_EQ(at(Hardswish(), 4.0f), 4.0f);
  EXPECT_FLOAT_EQ(at(Hardswish(), -1.5f), -0.375f);
  EXPECT_EQ(at(Hardswish(), -7.0f), 0.0f);
  EXPECT_FLOAT_EQ(at(SiLU(), 1.0f), 0.7310586f);
  EXPECT_EQ(at(SiLU(), -200.0f), 0.0f);
}

TEST(Activation, NanStaysNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(at(LeakyReLU(), nan)));
  EXPECT_TRUE(std::isnan(at(Hardsigmoid(), nan)));
  EXPECT_TRUE(std::isnan(at(Hardswish(), nan)));
  EXPECT_TRUE(std::isnan(at(SiLU(), nan)));
}

TEST(Activation, SlopesAtTheCornersAreAsInPyTorch) {
  EXPECT_EQ(slope_at(LeakyReLU(0.25f), 0.0f), 0.25f);
  EXPECT_EQ(slope_at(Hardsigmoid(), -3.0f), 0.0f);
  EXPECT_EQ(slope_at(Hardsigmoid(), 3.0f), 0.0f);
  EXPECT_EQ(slope_at(Hardswish(), -3.0f), 0.0f);
  EXPECT_EQ(slope_at(Hardswish(), 3.0f), 1.0f);
  EXPECT_EQ(slope_at(SiLU(), std::numeric_limits<float>::infinity()), 1.0f);
  EXPECT_EQ(slope_at(SiLU(), -std::numeric_limits<float>::infinity()), 0.0f);
}

TEST(Activation, BackwardMatchesFiniteDifferences) {
  const Tensor x = around_the_corners();
  expect_gradients([](Inputs in) { return ops::leaky_relu(in[0], 0.1f); }, {x.clone()});
  expect_gradients([](Inputs in) { return ops::hardsigmoid(in[0]); }, {x.clone()});
  expect_gradients([](Inputs in) { return ops::hardswish(in[0]); }, {x.clone()});
  expect_gradients([](Inputs in) { return ops::silu(in[0]); }, {x.clone()});
  expect_gradients([](Inputs in) { return Hardtanh(-2.0f, 2.0f).forward(in[0]); }, {x.clone()});
}

TEST(Activation, DescribesItsNumbersAndRefusesOddOnes) {
  EXPECT_EQ(LeakyReLU(0.25f).describe(), "LeakyReLU(slope=0.25)");
  EXPECT_EQ(Hardtanh(-2.0f, 6.0f).describe(), "Hardtanh(-2, 6)");
  EXPECT_ERROR(LeakyReLU(std::numeric_limits<float>::infinity()), "slope inf is not finite");
  EXPECT_ERROR(Hardtanh(1.0f, 1.0f), "hardtanh: range 1 to 1; expected");
}

}  // namespace
}  // namespace tinytorch::nn
