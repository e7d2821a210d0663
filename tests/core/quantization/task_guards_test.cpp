// What the functions of the quantization module refuse before a learner's line runs, in their
// words.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/int8/int8_gemm.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/qat.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr QRange kInt8 = full_range(8);
constexpr QRange kTooWide = {-1000, 1000};
constexpr float kBadScales[] = {0.0f, -0.5f, kNan, kInf};

TEST(TaskGuards, ChooseQparamsAsymmetric) {
  const auto choose = [](float min, float max, QRange range = kInt8) {
    (void)choose_qparams_asymmetric(min, max, range);
  };
  EXPECT_ERROR(choose(kNan, 1.0f), "min and max must be finite, with min <= max, got [nan, 1]");
  EXPECT_ERROR(choose(0.0f, kInf), "got [0, inf]");
  EXPECT_ERROR(choose(-kInf, 0.0f), "got [-inf, 0]");
  EXPECT_ERROR(choose(2.0f, 1.0f), "with min <= max, got [2, 1]");
  EXPECT_ERROR(choose(-3e38f, 3e38f), "max - min must not overflow float");
  EXPECT_ERROR(choose(-1.0f, 1.0f, {4, 4}), "qmax - qmin must be at least 1, got 0");
  EXPECT_ERROR(choose(-1.0f, 1.0f, kTooWide), "within [-128, 127], lower end first, got [-1000");
}

TEST(TaskGuards, ChooseQparamsSymmetric) {
  EXPECT_ERROR((void)choose_qparams_symmetric(kInf, 8), "max_abs must be finite and at least 0");
  EXPECT_ERROR((void)choose_qparams_symmetric(kNan, 8), "got nan");
  EXPECT_ERROR((void)choose_qparams_symmetric(-1.0f, 8), "got -1");
  EXPECT_ERROR((void)choose_qparams_symmetric(1.0f, 9), "bits must be from 2 to 8, got 9");
  EXPECT_ERROR((void)choose_qparams_symmetric(1.0f, 1), "got 1");
}

TEST(TaskGuards, QuantizeAndDequantize) {
  Codes codes(2);
  Floats x(2);
  for (const float scale : kBadScales) {
    EXPECT_ERROR(quantize(x, {scale, 0}, kInt8, codes), "quantize: scale must be positive and");
    EXPECT_ERROR(dequantize(codes, {scale, 0}, x), "dequantize: scale must be positive and");
  }
  EXPECT_ERROR(quantize(Floats(3), {1.0f, 0}, kInt8, codes), "sizes must be equal, got 3 and 2");
  EXPECT_ERROR(quantize(x, {1.0f, 0}, kTooWide, codes), "got [-1000, 1000]");
  EXPECT_ERROR(dequantize(Codes(3), {1.0f, 0}, x), "sizes must be equal, got 3 and 2");
  constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();  // 127 - (-2^31) overflows
  EXPECT_ERROR(dequantize(codes, {1.0f, kLowest}, x), "from -128 to 127, got -2147483648");
}

TEST(TaskGuards, PerChannel) {
  EXPECT_ERROR((void)channel_scales(Floats(6), 4, 8), "6 weights must divide evenly into 4 channe");
  EXPECT_ERROR((void)channel_scales(Floats(6), 0, 8), "0 channels");
  EXPECT_ERROR((void)channel_scales({}, 3, 8), "0 weights");
  EXPECT_ERROR((void)channel_scales(Floats{1.0f, kNan}, 1, 8), "weight[1] must be finite, got nan");
  EXPECT_ERROR((void)channel_scales(Floats{-kInf, 1.0f}, 2, 8), "weight[0] must be finite, got -i");
  Codes codes(6);
  EXPECT_ERROR(quantize_per_channel(Floats(6), Floats(4), 8, codes),
               "6 weights must divide evenly");
  EXPECT_ERROR(quantize_per_channel(Floats(6), Floats{}, 8, codes), "into 0 channels");
  EXPECT_ERROR(quantize_per_channel(Floats(4), Floats(2), 8, codes), "must be equal, got 4 and 6");
}

TEST(TaskGuards, Observers) {
  MinMaxObserver observer;
  EXPECT_ERROR((void)observer.range(), "nothing observed yet");
  observer.observe(Floats{});
  EXPECT_ERROR((void)observer.range(), "nothing observed yet");
  EXPECT_ERROR((void)MovingAverageObserver().range(), "nothing observed yet");
  EXPECT_ERROR((void)HistogramObserver().range(), "nothing observed yet");
  EXPECT_ERROR((void)MovingAverageObserver(0.0f), "momentum 0 must be above 0 and at most 1");
  EXPECT_ERROR((void)PercentileObserver(0.5), "q 0.5 must be above 0.5 and at most 1");
}

TEST(TaskGuards, QuantileTopK) {
  EXPECT_ERROR((void)quantile_top_k(Floats{}, 0.5), "x must not be empty");
  EXPECT_ERROR((void)quantile_top_k(Floats{1}, 1.5), "q must be from 0 to 1, got 1.5");
  for (const double q : {0.0, 0.5, 1.0}) {
    EXPECT_ERROR((void)quantile_top_k(Floats{1, kNan, 2}, q), "x[1] must be finite, got nan");
    EXPECT_ERROR((void)quantile_top_k(Floats{-kInf, 1, 2}, q), "x[0] must be finite, got -inf");
  }
}

TEST(TaskGuards, IntegerLinear) {
  EXPECT_ERROR((void)quantize_bias(Floats(1), 1.0f, Floats{1, 1}), "must be equal, got 1 and 2");
  const auto bias_in_steps_of = [](float input, float weight) {
    (void)quantize_bias(Floats{0, 1}, input, Floats{1, weight});
  };
  EXPECT_ERROR(bias_in_steps_of(1e-30f, 1e-30f), "weight scale of channel 1 must be positive and");
  EXPECT_ERROR(bias_in_steps_of(1e30f, 1e30f), "= inf");
  EXPECT_ERROR(bias_in_steps_of(1.0f, -1.0f), "= -1");

  EXPECT_ERROR((void)fold_input_zero_point(Codes(5), Sums(2), 1),
               "5 weights must divide evenly in");

  Sums acc(2);
  const auto linear = [&](std::size_t x, std::size_t weight, std::size_t bias) {
    linear_int32(Codes(x), Codes(weight), Sums(bias), acc);
  };
  EXPECT_ERROR(linear(3, 4, 2), "must fit together, got 3, 4, 2 and 2 elements");
  EXPECT_ERROR(linear(2, 5, 2), "got 2, 5, 2 and 2");
  EXPECT_ERROR(linear(4, 4, 2), "got 4, 4, 2 and 2");
  EXPECT_ERROR(linear(2, 4, 0), "got 2, 4, 0 and 2");
  EXPECT_ERROR(linear(0, 0, 2), "got 0, 0, 2 and 2");
}

TEST(TaskGuards, Requantize) {
  const auto multiplier_of = [](float input, float weight, float output) {
    (void)requantize_multipliers(input, Floats{1, weight}, output);
  };
  EXPECT_ERROR(multiplier_of(1.0f, kNan, 1.0f), "the multiplier of channel 1 must be finite and a");
  EXPECT_ERROR(multiplier_of(1e10f, 1e35f, 1.0f), "got inf");
  EXPECT_ERROR(multiplier_of(1.0f, -0.5f, 1.0f), "got -0.5");

  Codes codes(3);
  EXPECT_ERROR(requantize(Sums(3), Floats(2), 0, kInt8, codes), "3 sums must be whole rows of 2");
  EXPECT_ERROR(requantize(Sums(3), Floats{}, 0, kInt8, codes), "whole rows of 0");
  EXPECT_ERROR(requantize(Sums(2), Floats(1), 0, kInt8, codes), "must be equal, got 2 and 3");
  EXPECT_ERROR(requantize(Sums(3), Floats(1), 0, kTooWide, codes), "got [-1000, 1000]");
}

TEST(TaskGuards, Int8Gemm) {
  EXPECT_ERROR((void)pack_weights(Codes(5), 2, 3),
               "out · in elements, both positive, got 5 for 2 ");
  EXPECT_ERROR((void)pack_weights(Codes{}, 0, 3), "got 0 for 0 x 3");
  constexpr std::int64_t kHuge = std::int64_t{1} << 32;  // squared, it wraps around to 0
  EXPECT_ERROR((void)pack_weights(Codes{}, kHuge, kHuge), "got 0 for 4294967296");

  const PackedWeights packed = pack_weights(Codes(6), 2, 3);
  Sums acc(2);
  EXPECT_ERROR(gemm_packed(Codes(4), packed, Sums(2), acc), "got 4, 6, 2 and 2 elements");
  EXPECT_ERROR(gemm_packed(Codes(3), packed, Sums(3), acc), "biases must be 2, got 3");
  EXPECT_ERROR(gemm_packed(Codes(6), packed, Sums(2), acc), "got 6, 6, 2 and 2");
  EXPECT_ERROR(gemm_packed(Codes(6), PackedWeights(), Sums{}, acc), "got 6, 0, 0 and 2");
}

TEST(TaskGuards, FakeQuant) {
  const Floats x{0.0f, 1.0f};
  for (const float scale : kBadScales) {
    EXPECT_ERROR((void)ste_mask(x, {scale, 0}, kInt8), "ste_mask: scale must be positive and fini");
    EXPECT_ERROR((void)lsq_scale_gradient(x, x, scale, kInt8), "scale must be positive and finite");
  }
  EXPECT_ERROR((void)lsq_scale_gradient({}, {}, 1.0f, kInt8), "x must not be empty");
  EXPECT_ERROR((void)lsq_scale_gradient(x, Floats(1), 1.0f, kInt8), "must be equal, got 2 and 1");
  EXPECT_ERROR((void)lsq_scale_gradient(x, x, 1.0f, {-5, -1}), "qmax must be at least 1, got -1");
}

TEST(TaskGuards, Qat) {
  for (const float bad : {kNan, kInf}) {
    const Tensor bias(Shape{2}, {0.0f, bad});
    EXPECT_ERROR((void)quantize_linear(Tensor::ones({2, 1}), bias, {0.5f, 0}, 8, false),
                 "bias[1] must be finite");
  }
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::Linear>(2, 2, rng));
  EXPECT_ERROR((void)convert(*prepare_qat(model, {})), "nothing observed yet");
}

}  // namespace
}  // namespace tinytorch::quantization
