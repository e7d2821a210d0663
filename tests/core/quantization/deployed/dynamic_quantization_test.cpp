// Parameters chosen per batch, and the layer that uses them. tests/parity/ compares both with ONNX
// Runtime; here stand the cases worked by hand and what is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"
#include "tinytorch/quantization/deployed/dynamic_linear.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(ChooseQParamsDynamic, SpreadsTheBatchOverAllCodes) {
  EXPECT_EQ(choose_qparams_dynamic(Floats{-1.0f, 0.5f, 3.0f}), (QParams{4.0f / 255.0f, -64}));
}

TEST(ChooseQParamsDynamic, MakesRoomForZero) {
  EXPECT_EQ(choose_qparams_dynamic(Floats{5.0f, 6.0f}), (QParams{6.0f / 255.0f, -128}));
  EXPECT_EQ(choose_qparams_dynamic(Floats{-5.0f, -6.0f}), (QParams{6.0f / 255.0f, 127}));
}

TEST(ChooseQParamsDynamic, GivesAllZerosAScaleOfOne) {
  EXPECT_EQ(choose_qparams_dynamic(Floats(40, 0.0f)), (QParams{1.0f, -128}));
}

TEST(ChooseQParamsDynamic, RoundsTiesToTheEvenCode) {
  EXPECT_EQ(choose_qparams_dynamic(Floats{-0.5f, 254.5f}), (QParams{1.0f, -128}));
  EXPECT_EQ(choose_qparams_dynamic(Floats{-1.5f, 253.5f}), (QParams{1.0f, -126}));
}

// Just below a tie: 1.4999999 rounds to 1, while -128 + 1.4999999 has no float of its own, becomes
// -126.5 and rounds up.
TEST(ChooseQParamsDynamic, RoundsBeforeItShiftsToInt8) {
  const float below = std::nextafter(1.5f, 0.0f);
  EXPECT_EQ(choose_qparams_dynamic(Floats{-below, 253.5f}), (QParams{1.0f, -127}));
  EXPECT_EQ(choose_qparams_asymmetric(-below, 253.5f, full_range(8)), (QParams{1.0f, -126}));
}

TEST(ChooseQParamsDynamic, FindsTheExtremesAtEveryPlace) {
  for (std::size_t size : {1u, 15u, 16u, 17u, 40u}) {
    for (std::size_t place = 0; place < size; ++place) {
      Floats x(size, 0.25f);
      x[place] = 51.0f;
      EXPECT_EQ(choose_qparams_dynamic(x).scale, 51.0f / 255.0f) << place << " of " << size;
      x[place] = -51.0f;
      EXPECT_EQ(choose_qparams_dynamic(x).scale, (size == 1 ? 51.0f : 51.25f) / 255.0f)
          << place << " of " << size;
    }
  }
}

TEST(ChooseQParamsDynamic, RefusesWhatHasNoAnswerWhereverItStands) {
  for (const float bad : {kNaN, kInfinity, -kInfinity}) {
    for (std::size_t place = 0; place < 40; ++place) {
      Floats x(40, 1.0f);
      x[place] = bad;
      EXPECT_ERROR((void)choose_qparams_dynamic(x), concat("value ", place, " is "));
    }
  }
  EXPECT_ERROR((void)choose_qparams_dynamic({}), "no values");
  EXPECT_ERROR((void)choose_qparams_dynamic(Floats{-3e38f, 3e38f}), "wider than");
}

TEST(ChooseQParamsDynamic, KeepsTinyBatchesAboveTheSmallestScale) {
  EXPECT_EQ(choose_qparams_dynamic(Floats{1e-44f, 0.0f}), (QParams{kMinScale, -128}));
  EXPECT_EQ(choose_qparams_dynamic(Floats{-1e-37f}), (QParams{kMinScale, -119}));
}

// A batch from 0 to 255 has scale 1, so every number can be worked by hand.
TEST(DynamicLinear, ComputesTheSumsWorkedByHand) {
  const Tensor weight(Shape{2, 2}, {127.0f, 63.5f, 1.27f, -1.27f});  // scales 1 and 0.01
  const Tensor bias(Shape{2}, {0.5f, 0.25f});
  DynamicLinear layer(weight, bias);
  EXPECT_EQ(layer.weight_codes(), (std::vector<std::int8_t>{127, 64, 127, -127}));
  const Tensor y = layer.forward(Tensor(Shape{2, 2}, {0.0f, 255.0f, 3.4f, -0.0f}));
  // Input scale 1, zero-point -128: the codes stand for 0, 255 and 3, 0.
  EXPECT_EQ(y.at({0, 0}), 64.0f * 255.0f + 0.5f);
  EXPECT_EQ(y.at({0, 1}), -127.0f * 255.0f * 0.01f + 0.25f);
  EXPECT_EQ(y.at({1, 0}), 127.0f * 3.0f + 0.5f);
  EXPECT_EQ(y.at({1, 1}), 127.0f * 3.0f * 0.01f + 0.25f);
}

TEST(DynamicLinear, StaysWithinTheErrorOfItsSteps) {
  Rng rng(21);
  const std::int64_t in = 100;
  const Tensor weight = Tensor::randn(Shape{30, in}, rng);
  const Tensor bias = Tensor::randn(Shape{30}, rng);
  const Tensor x = Tensor::randn(Shape{20, in}, rng);
  DynamicLinear layer(weight, bias);
  const Tensor y = layer.forward(x);
  const float step = choose_qparams_dynamic(std::as_const(x).data()).scale;
  for (std::int64_t n = 0; n < 20; ++n) {
    for (std::int64_t o = 0; o < 30; ++o) {
      double exact = bias.at({o});
      double slack = 1e-4;
      const float weight_step = layer.weight_scales()[static_cast<std::size_t>(o)];
      for (std::int64_t k = 0; k < in; ++k) {
        exact += double{x.at({n, k})} * weight.at({o, k});
        slack += 0.5 * (step * std::abs(weight.at({o, k})) + weight_step * std::abs(x.at({n, k}))) +
                 0.5 * step * weight_step;
      }
      EXPECT_NEAR(y.at({n, o}), exact, slack);
    }
  }
}

TEST(DynamicLinear, GivesTheSameOnEveryInstructionSet) {
  Rng rng(22);
  DynamicLinear layer(Tensor::randn(Shape{33, 70}, rng), Tensor::randn(Shape{33}, rng));
  const Tensor x = Tensor::randn(Shape{13, 70}, rng);
  const Tensor expected = layer.forward(x, Isa::kScalar);
  for (const Isa isa : supported_isas()) {
    const Tensor y = layer.forward(x, isa);
    EXPECT_TRUE(std::equal(y.data().begin(), y.data().end(), expected.data().begin())) << name(isa);
  }
}

TEST(DynamicLinear, RefusesWhatDoesNotFit) {
  const Tensor weight = Tensor::ones(Shape{2, 3});
  EXPECT_ERROR(DynamicLinear(weight, Tensor::zeros(Shape{3})), "[2, 3]");
  EXPECT_ERROR(DynamicLinear(Tensor::ones(Shape{6}), Tensor::zeros(Shape{6})), "[out, in]");
  EXPECT_ERROR(DynamicLinear(Tensor::ones(Shape{1, 40'000}), Tensor::zeros(Shape{1})), "40000");
  DynamicLinear layer(weight, Tensor::zeros(Shape{2}));
  EXPECT_ERROR((void)layer.forward(Tensor::ones(Shape{1, 2})), "expected [..., 3]");
  EXPECT_ERROR((void)layer.forward(Tensor::full(Shape{1, 3}, kNaN)), "choose_qparams_dynamic");
}

}  // namespace
}  // namespace tinytorch::quantization
