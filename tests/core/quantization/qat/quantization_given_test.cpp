// The given parts around module 15: observers' plumbing, the deployed layer and network.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/linear_chain.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/arithmetic/per_channel.h"
#include "tinytorch/quantization/int8/integer_conv.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;
using Codes = std::vector<std::int8_t>;
using testing_support::chain_of;

TEST(PercentileObserver, AveragesBothEndsOverBatches) {
  PercentileObserver observer(0.75);
  observer.observe(Floats{0, 1, 2, 3, 4});      // quartiles 1 and 3
  observer.observe(Floats{-10, -5, 0, 5, 10});  // quartiles -5 and 5
  EXPECT_EQ(observer.range(), (Range{-2.0f, 4.0f}));
}

// The lower end is the upper one of the negated batch, ties, short batches and q = 1 included.
TEST(PercentileObserver, TheLowerEndIsTheUpperOneOfTheNegatedBatch) {
  Rng rng(8);
  for (const double q : {0.51, 0.75, 0.9, 0.99, 0.9999, 1.0}) {
    for (const std::size_t size : {1u, 2u, 3u, 10u, 16u, 17u, 500u}) {
      Floats x(size);
      for (float& value : x) value = std::round(4.0f * rng.normal()) / 4.0f;
      Floats negated(x);
      for (float& value : negated) value = -value;
      PercentileObserver observer(q);
      observer.observe(x);
      EXPECT_EQ(observer.range().min, -quantile_top_k(negated, q)) << q << ", " << size;
      EXPECT_EQ(observer.range().max, quantile_top_k(x, q)) << q << ", " << size;
    }
  }
}

TEST(PercentileObserver, RefusesAPercentileThatIsNone) {
  EXPECT_THROW(PercentileObserver(0.5), Error);
  EXPECT_THROW(PercentileObserver(1.1), Error);
  EXPECT_THROW((void)PercentileObserver(0.9).range(), Error);
}

TEST(MovingAverageObserver, RefusesAMomentumThatIsNone) {
  EXPECT_THROW(MovingAverageObserver(0.0f), Error);
  EXPECT_THROW(MovingAverageObserver(1.5f), Error);
  EXPECT_THROW(MovingAverageObserver{std::numeric_limits<float>::quiet_NaN()}, Error);
}

std::int64_t total_count(const HistogramObserver& observer) {
  std::int64_t total = 0;
  for (int bin = 0; bin < HistogramObserver::kBins; ++bin) total += observer.bin_count(bin);
  return total;
}

TEST(HistogramCounts, NothingIsLostWhenTheBinsWiden) {
  HistogramObserver observer;
  Rng rng(2);
  std::int64_t values = 0;
  for (const float size : {1e-6f, 1.0f, 300.0f, 2e7f}) {
    Floats x(500);
    for (float& value : x) value = rng.normal(0.0f, size);
    observer.observe(x);
    values += 500;
    EXPECT_EQ(total_count(observer), values);
  }
}

TEST(HistogramCounts, EveryValueStaysWithinHalfABinOfItsCentre) {
  for (const float first : {0.3f, -0.3f, 0.0f}) {
    HistogramObserver observer;
    observer.observe(Floats{first});
    observer.observe(Floats{100.0f});  // seven doublings of [-1, 1)
    const float width = observer.bin_centre(1) - observer.bin_centre(0);
    for (int bin = 0; bin < HistogramObserver::kBins; ++bin) {
      if (observer.bin_count(bin) == 0) continue;
      const float centre = observer.bin_centre(bin);
      const float nearest = std::abs(centre - first) < std::abs(centre - 100.0f) ? first : 100.0f;
      EXPECT_LE(std::abs(centre - nearest), width / 2.0f) << first;
    }
  }
}

TEST(HistogramCounts, RefusesWhatItCannotBin) {
  HistogramObserver observer;
  EXPECT_THROW(observer.observe(Floats{std::numeric_limits<float>::infinity()}), Error);
  EXPECT_THROW(observer.observe(Floats{std::numeric_limits<float>::quiet_NaN()}), Error);
  EXPECT_EQ(total_count(observer), 0);
}

QuantizedLinear make_layer(std::int64_t in, std::int64_t out, QParams input, QParams output,
                           Rng& rng) {
  Codes weight(static_cast<std::size_t>(in * out));
  for (std::int8_t& w : weight)
    w = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
  QuantizedLinear layer(weight, Floats(static_cast<std::size_t>(out), 0.01f),
                        std::vector<std::int32_t>(static_cast<std::size_t>(out), 7), input, 8,
                        false);
  layer.set_output(output, full_range(8));
  return layer;
}

TEST(QuantizedLinearLayer, GivesItsWeightsBack) {
  Codes weight;
  for (int i = 0; i < 17 * 5; ++i) weight.push_back(static_cast<std::int8_t>(i - 40));
  const QuantizedLinear layer(weight, Floats(17, 1.0f), std::vector<std::int32_t>(17), {}, 8,
                              false);
  EXPECT_EQ(layer.weight_codes(), weight);
}

TEST(QuantizedLinearLayer, RefusesToRunBeforeItsOutputIsKnown) {
  const QuantizedLinear layer(Codes{1, 2}, Floats{1.0f}, {0}, {}, 8, false);
  Codes y(1);
  EXPECT_THROW(layer.forward(Codes{1, 2}, y), Error);
}

TEST(QuantizedLinearLayer, RefusesALayerWhoseSumsCouldOverflow) {
  const auto build = [](std::int64_t in) {
    return QuantizedLinear(Codes(static_cast<std::size_t>(in)), Floats{1.0f}, {0}, {}, 8, false);
  };
  EXPECT_NO_THROW(build(kMaxInputFeatures));
  EXPECT_THROW(build(kMaxInputFeatures + 1), Error);
}

TEST(QuantizedLinearLayer, SpeaksBothDialectsOnEveryInstructionSet) {
  Rng rng(12);
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
    Codes weight(19 * 33);
    for (std::int8_t& w : weight) w = static_cast<std::int8_t>(rng.below(7)) - 3;
    Codes x(7 * 33);
    for (std::int8_t& code : x) code = static_cast<std::int8_t>(rng.below(7)) - 3;
    const std::vector<std::int32_t> bias(19, -11);
    const Floats scales(19, 0x1p-6f);  // with the other scales many sums lie on ties
    const QParams input{0x1p-4f, 1};
    const QParams output{0x1p-8f, -31};
    QuantizedLinear layer(weight, scales, bias, input, 8, activation);
    std::vector<std::int32_t> acc(7 * 19);
    linear_int32(x, weight, fold_input_zero_point(weight, bias, input.zero_point), acc);
    const QRange range = activation_range(activation, output, full_range(8));
    Codes expected(acc.size());
    requantize_tflite(acc, tflite_multipliers(input.scale, scales, output.scale), output.zero_point,
                      range, expected);
    layer.set_output(output, full_range(8), Dialect::kTflite);
    EXPECT_EQ(layer.output_range(), range);
    EXPECT_TRUE(layer.multipliers().empty());
    for (const Isa isa : supported_isas()) {
      Codes y(acc.size());
      layer.forward(x, y, isa);
      EXPECT_EQ(y, expected) << name(isa) << ", " << name(activation);
    }
    const Codes tflite = expected;
    requantize(acc, requantize_multipliers(input.scale, scales, output.scale), output.zero_point,
               range, expected);
    EXPECT_NE(expected, tflite);  // the ties
    layer.set_output(output, full_range(8));
    EXPECT_EQ(layer.dialect(), Dialect::kOrt);
    for (const Isa isa : supported_isas()) {
      Codes y(acc.size());
      layer.forward(x, y, isa);
      EXPECT_EQ(y, expected) << name(isa) << ", " << name(activation);
    }
  }
}

TEST(LinearChain, RefusesLayersThatDoNotMeet) {
  Rng rng(3);
  const QParams a{0.1f, 0};
  const QParams b{0.2f, 5};
  EXPECT_THROW((void)chain_of({make_layer(4, 8, a, b, rng), make_layer(7, 2, b, a, rng)}), Error);
  EXPECT_THROW((void)chain_of({make_layer(4, 8, a, b, rng), make_layer(8, 2, a, a, rng)}), Error);
  EXPECT_NO_THROW((void)chain_of({make_layer(4, 8, a, b, rng), make_layer(8, 2, b, a, rng)}));
}

// The fast path keeps codes 128 higher between layers; the layers one by one do not.
TEST(LinearChain, RunsLayerByLayerOnEveryInstructionSet) {
  Rng rng(4);
  const QParams a{0.1f, 3};
  const QParams b{0.9f, -5};
  const std::vector<QuantizedLinear> layers{
      make_layer(30, 40, a, b, rng), make_layer(40, 12, b, a, rng), make_layer(12, 10, a, b, rng)};
  const QuantizedNetwork network = chain_of(layers);
  for (const std::int64_t rows : {1, 19, 64, 300}) {
    const Codes x = network.quantize_input(Tensor::randn(Shape{rows, 30}, rng));
    std::vector<Codes> expected{x};
    for (const QuantizedLinear& layer : layers) {
      expected.emplace_back(static_cast<std::size_t>(rows * layer.out_features()));
      layer.forward(expected[expected.size() - 2], expected.back(), Isa::kScalar);
    }
    for (const Isa isa : supported_isas()) {
      EXPECT_EQ(network.forward_codes(x, isa), expected.back()) << name(isa) << ", " << rows;
      for (std::size_t value = 0; value < expected.size(); ++value) {
        EXPECT_EQ(network.value_codes(x, value, isa), expected[value]) << name(isa) << value;
      }
    }
  }
}

// forward() and the fastest instruction set keep all codes 128 higher on the way.
TEST(LinearChain, TheQuickWayGivesTheFloatsOfThePlainOne) {
  Rng rng(6);
  const QParams a{0.1f, 3};
  const QParams b{0.9f, -5};
  const auto model = chain_of({make_layer(30, 40, a, b, rng), make_layer(40, 10, b, a, rng)});
  for (const std::int64_t rows : {1, 19, 300}) {
    const Tensor x = Tensor::randn(Shape{rows, 30}, rng);
    const Codes codes = model.forward_codes(model.quantize_input(x), Isa::kScalar);
    const Tensor expected = model.dequantize_output(codes);
    const Tensor y = model.forward(x);
    ASSERT_EQ(y.shape(), expected.shape());
    EXPECT_TRUE(std::equal(y.data().begin(), y.data().end(), expected.data().begin())) << rows;
  }
}

TEST(QuantizedLinearLayer, GivesTheSameCodes128Higher) {
  Rng rng(7);
  const QuantizedLinear layer = make_layer(30, 40, {0.1f, 3}, {0.9f, -5}, rng);
  const QuantizedNetwork input = chain_of({layer});
  const Codes x = input.quantize_input(Tensor::randn(Shape{5, 30}, rng));
  std::vector<std::uint8_t> raised;
  for (const std::int8_t code : x) raised.push_back(static_cast<std::uint8_t>(code + 128));
  for (const Isa isa : supported_isas()) {
    Codes y(200);
    layer.forward(x, y, isa);
    std::vector<std::uint8_t> higher(200);
    layer.forward_u8(raised, higher, isa);
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(higher[i], y[i] + 128) << name(isa);
  }
}

// Dialect tflite has no kernel that keeps codes 128 higher.
TEST(LinearChain, RunsLayersOfDialectTflite) {
  Rng rng(8);
  QuantizedLinear layer = make_layer(30, 10, {0.1f, 3}, {0.9f, -5}, rng);
  layer.set_output({0.9f, -5}, full_range(8), Dialect::kTflite);
  std::vector<std::uint8_t> y(10);
  EXPECT_THROW(layer.forward_u8(std::vector<std::uint8_t>(30), y), Error);
  const QuantizedNetwork model = chain_of({layer});
  const Tensor x = Tensor::randn(Shape{19, 30}, rng);
  const Codes codes = model.quantize_input(x);
  Codes expected(190);
  layer.forward(codes, expected);
  EXPECT_EQ(model.forward_codes(codes), expected);
  const Tensor floats = model.dequantize_output(expected);
  const Tensor quick = model.forward(x);
  EXPECT_TRUE(std::equal(quick.data().begin(), quick.data().end(), floats.data().begin()));
}

TEST(DequantizePerChannel, EveryRowHasItsScale) {
  std::vector<float> x(4);
  dequantize_per_channel(Codes{3, -2, 3, -2}, std::vector<float>{0.5f, 2.0f}, x);
  EXPECT_EQ(x, (std::vector<float>{1.5f, -1.0f, 6.0f, -4.0f}));
  EXPECT_THROW(dequantize_per_channel(Codes{3, -2, 3}, std::vector<float>{0.5f, 2.0f}, x), Error);
  EXPECT_THROW(dequantize_per_channel(Codes{3, -2, 3, -2}, {}, x), Error);
}

TEST(LinearChain, RefusesCodesThatFillNoRow) {
  Rng rng(9);
  const QuantizedNetwork model = chain_of({make_layer(4, 2, {}, {}, rng)});
  for (const Isa isa : supported_isas()) {
    EXPECT_THROW((void)model.forward_codes(Codes(7), isa), Error) << name(isa);
  }
}

TEST(LinearChain, RefusesAnInputOfAnotherWidth) {
  Rng rng(5);
  const QuantizedNetwork model = chain_of({make_layer(4, 2, {}, {}, rng)});
  EXPECT_THROW((void)model.forward(Tensor::zeros(Shape{3, 5})), Error);
}

TEST(FakeQuantizeLsq, GradientsReachValuesAndScale) {
  Tensor x(Shape{2}, {0.3f, 9.0f});
  Tensor scale = Tensor::scalar(1.0f);
  x.set_requires_grad();
  scale.set_requires_grad();
  const Tensor y = fake_quantize_lsq(x, scale, symmetric_range(4));
  EXPECT_EQ(y.data()[0], 0.0f);
  EXPECT_EQ(y.data()[1], 7.0f);
  ops::sum(y).backward();
  EXPECT_EQ(x.grad().data()[0], 1.0f);
  EXPECT_EQ(x.grad().data()[1], 0.0f);
  EXPECT_NEAR(scale.grad().item(), 6.7f / std::sqrt(14.0f), 1e-5f);
}

}  // namespace
}  // namespace tinytorch::quantization
