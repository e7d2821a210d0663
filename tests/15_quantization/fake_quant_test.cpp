// Learner tests of fake_quant.cpp: rounding that training can feel.
#include "tinytorch/quantization/qat/fake_quant.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/teach.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_near;
using teach::expect_same;
using teach::expect_value;
using Floats = std::vector<float>;
using Mask = std::vector<std::uint8_t>;

Tensor vector_of(const Floats& values) {
  return Tensor(Shape{static_cast<std::int64_t>(values.size())}, values);
}

// --- 15.16 ste_mask ---

TEST(SteMask, PassesWhatWasRoundedBlocksWhatWasClipped) {
  const Floats x = {-8.0f, -7.0f, -6.4f, 0.0f, 3.2f, 7.0f, 6.6f, 9.0f};
  expect_same<std::uint8_t>(
      "mask", ste_mask(x, {1.0f, 0}, symmetric_range(4)), Mask{0, 1, 1, 1, 1, 1, 1, 0},
      {{{1, 1, 1, 1, 1, 1, 1, 1},
        "Every gradient passes: clipped values would drift further out and "
        "never come back."},
       {{0, 0, 0, 0, 0, 0, 0, 0}, "No gradient passes: the layer cannot learn."},
       {{1, 0, 0, 0, 0, 0, 0, 1}, "The mask is inverted: 1 lets the gradient pass."},
       {{0, 1, 1, 1, 1, 1, 1, 1}, "The upper end is not checked: 9 was clipped too."},
       {{1, 1, 1, 1, 1, 1, 1, 0}, "The lower end is not checked: -8 was clipped too."},
       {{0, 0, 1, 1, 1, 0, 0, 0},
        "The ends are included: a value that rounds onto the last code was not "
        "clipped."}},
      [&](std::size_t i) { return "x = " + teach::show(x[i]); });
}

TEST(SteMask, TheEdgeIsWhereRoundingEnds) {
  // 7.4 rounds to 7 and stays; 7.5 is a tie, rounds to 8 and is clipped. -7.5 rounds to -8.
  const Floats x = {7.4f, 7.5f, -7.4f, -7.5f};
  expect_same<std::uint8_t>(
      "mask", ste_mask(x, {1.0f, 0}, symmetric_range(4)), Mask{1, 0, 1, 0},
      {{{0, 0, 0, 0},
        "The value was compared before rounding: 7.4 is beyond 7, but its code "
        "is 7 and nothing was clipped."},
       {{1, 1, 1, 1}, "The value was compared after saturation, where all fit."}},
      [&](std::size_t i) { return "x = " + teach::show(x[i]); });
}

TEST(SteMask, TheZeroPointShiftsTheEdges) {
  // Codes 0 … 15 stand in [-8, 7] with zero-point -8: real values 0 … 15.
  expect_same<std::uint8_t>(
      "mask", ste_mask(Floats{-1.0f, 0.0f, 15.0f, 16.0f}, {1.0f, -8}, full_range(4)),
      Mask{0, 1, 1, 0},
      {{{1, 1, 0, 0}, "The zero-point is missing from the code."},
       {{1, 0, 0, 0}, "The zero-point was subtracted; a code is rint(x / scale) + zero_point."}});
}

TEST(SteMask, BlocksNanAndInfinity) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  expect_same<std::uint8_t>(
      "mask",
      ste_mask(Floats{kInf, -kInf, std::numeric_limits<float>::quiet_NaN()}, {1.0f, 0},
               full_range(8)),
      Mask{0, 0, 0},
      {{{0, 0, 1},
        "NaN passed: every comparison with it is false, so ask whether the code is inside, not "
        "whether it is outside."}});
}

// --- 15.17 fake_quantize ---

TEST(FakeQuantize, RoundsToTheGrid) {
  const Tensor x = vector_of({0.3f, -1.1f, 2.5f, 100.0f});
  const Tensor y = fake_quantize(x, {0.5f, 0}, full_range(8));
  expect_same<float>(
      "y", y.data(), Floats{0.5f, -1.0f, 2.5f, 63.5f},
      {{{0.3f, -1.1f, 2.5f, 100.0f}, "Nothing was quantized: y is x."},
       {{1.0f, -2.0f, 5.0f, 127.0f}, "These are codes; bring them back to real values."},
       {{0.5f, -1.0f, 2.5f, 100.0f}, "100 is beyond the last code: it must saturate."}});
}

TEST(FakeQuantize, RealZeroSurvives) {
  // Zero-point 3: the grid is moved by three codes, and moved back.
  const Tensor y = fake_quantize(vector_of({0.0f, 1.0f, -1.0f}), {0.5f, 3}, full_range(8));
  expect_same<float>(
      "y", y.data(), Floats{0.0f, 1.0f, -1.0f},
      {{{1.5f, 2.5f, 0.5f},
        "The zero-point was added on the way in and not taken off on the way out."},
       {{-1.5f, -0.5f, -2.5f},
        "The zero-point was taken off on the way out and not added on the way in."}});
}

TEST(FakeQuantize, IsTheDeployedKernelBitForBit) {
  // What training sees must be what quantize and dequantize deploy, ties included.
  Floats values;
  for (int i = -200; i <= 200; ++i) values.push_back(static_cast<float>(i) * 0.05f);
  const QParams params{0.1f, 7};
  std::vector<std::int8_t> codes(values.size());
  quantize(values, params, full_range(6), codes);
  Floats deployed(values.size());
  dequantize(codes, params, deployed);
  const Tensor y = fake_quantize(vector_of(values), params, full_range(6));
  expect_same<float>("y", y.data(), deployed, {}, [&](std::size_t i) {
    return "x = " + teach::show(values[i]) + "; call quantize and dequantize, do not round again";
  });
}

TEST(FakeQuantize, KeepsShapeAndInput) {
  const Tensor x(Shape{2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor y = fake_quantize(x, {4.0f, 0}, full_range(8));
  if (!(y.shape() == x.shape())) {
    teach::report(teach::Location::current(),
                  "shape " + to_string(y.shape()) + ", expected " + to_string(x.shape()));
  }
  expect_same<float>("x afterwards", x.data(), Floats{1, 2, 3, 4, 5, 6},
                     {{{0, 0, 4, 4, 4, 8}, "The input was overwritten; write into a new Tensor."}});
}

TEST(FakeQuantize, GradientPassesStraightThroughTheMask) {
  Tensor x = vector_of({0.3f, -1.1f, 100.0f});
  x.set_requires_grad();
  const Tensor y = fake_quantize(x, {0.5f, 0}, full_range(4));
  if (!y.requires_grad()) {
    teach::report(
        teach::Location::current(),
        "x receives no gradient: return the result through autograd::record with {x} as inputs");
    return;
  }
  ops::sum(ops::mul(y, vector_of({2.0f, 3.0f, 5.0f}))).backward();
  expect_same<float>(
      "grad of x", x.grad().data(), Floats{2.0f, 3.0f, 0.0f},
      {{{0.0f, 0.0f, 0.0f}, "The gradient of rint is 0; straight through means: pretend it is 1."},
       {{2.0f, 3.0f, 5.0f}, "100 was clipped: its gradient must not pass."},
       {{1.0f, 1.0f, 0.0f}, "The mask itself came back; multiply the incoming gradient by it."},
       {{1.0f, 1.5f, 0.0f}, "The scale entered the gradient; straight through means factor 1."}});
}

// --- 15.18 lsq_scale_gradient ---

float lsq(const Floats& x, const Floats& grad, float scale) {
  return lsq_scale_gradient(x, grad, scale, symmetric_range(4));
}

TEST(LsqScaleGradient, RoundedAndClippedValuesPullDifferently) {
  // d = {0 - 0.3, 7}; (1 · -0.3 + 1 · 7) / sqrt(2 · 7).
  const float root = std::sqrt(14.0f);
  expect_near(
      "gradient of the scale", Floats{lsq({0.3f, 9.0f}, {1.0f, 1.0f}, 1.0f)}, {6.7f / root}, 1e-5f,
      {{{6.7f}, "The gradient scale 1 / sqrt(N · qmax) is missing."},
       {{7.3f / root}, "The sign of the rounded part is turned: d = rint(v) - v."},
       {{7.0f / root}, "Rounded values count too, with their rounding error rint(v) - v."},
       {{-0.3f / root}, "Clipped values count too, with d = qmax."},
       {{6.7f / 2.0f}, "The gradient scale is 1 / sqrt(N · qmax), not 1 / N."},
       {{6.7f / std::sqrt(2.0f)}, "qmax is missing under the root."},
       {{6.7f / std::sqrt(7.0f)}, "N, the number of values, is missing under the root."},
       {{9.0f / root - 0.3f / root}, "A clipped value pulls with qmax = 7, not with its own 9."},
       {{-2.3f / root}, "For a clipped value d is qmax, not rint(v) - v after clipping."}});
}

TEST(LsqScaleGradient, NegativeClippingPullsTheOtherWay) {
  // x / scale = -10 is below -7, so d = -7.
  expect_near(
      "gradient of the scale", Floats{lsq({-20.0f}, {2.0f}, 2.0f)}, {-14.0f / std::sqrt(7.0f)},
      1e-5f,
      {{{14.0f / std::sqrt(7.0f)}, "d is qmin = -7 below the range."},
       {{-7.0f / std::sqrt(7.0f)}, "The incoming gradients are missing: Σ grad[i] · d_i."},
       {{-20.0f / std::sqrt(7.0f)}, "A clipped value pulls with qmin = -7, not with its own -10."},
       {{0.0f}, "Values below the range are clipped too: d = qmin."}});
}

TEST(LsqScaleGradient, CountsInSteps) {
  // x / scale = 1.6: d = 2 - 1.6.
  expect_near(
      "gradient of the scale", Floats{lsq({3.2f}, {1.0f}, 2.0f)}, {0.4f / std::sqrt(7.0f)}, 1e-6f,
      {{{-0.2f / std::sqrt(7.0f)}, "x itself was rounded: divide by the scale first."},
       {{0.8f / std::sqrt(7.0f)}, "d counts steps, not values: rint(v) - v with v = x / scale."}});
}

TEST(LsqScaleGradient, WeighsEachValueWithItsGradient) {
  // d = {0.25, -0.25}; the gradients 3 and 1 leave 0.5 of it.
  expect_near("gradient of the scale", Floats{lsq({0.75f, 1.25f}, {3.0f, 1.0f}, 1.0f)},
              {0.5f / std::sqrt(14.0f)}, 1e-6f,
              {{{0.0f}, "The incoming gradients are missing: Σ grad[i] · d_i."},
               {{0.5f / 2.0f}, "A mean is not what LSQ takes: the sum over 1 / sqrt(N · qmax)."}});
}

}  // namespace
}  // namespace tinytorch::quantization
