// What the numbers of a user can be: NaN, infinite, subnormal, none at all, of no width. Each is an
// Error that says so, or a result that the header promises.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/arithmetic/packing.h"
#include "tinytorch/quantization/int8/detail/dialects_simd.h"
#include "tinytorch/quantization/int8/image_ops.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/adaround.h"
#include "tinytorch/quantization/qat/qat_ops.h"
#include "tinytorch/quantization/qat/repair.h"
#include "tinytorch/quantization/qat/weight_qat.h"
#include "tinytorch/quantization/study/compare_dialects.h"
#include "tinytorch/quantization/study/saturation.h"
#include "tinytorch/quantization/study/sensitivity.h"
#include "tinytorch/quantization/weight_only/quantized_tensor.h"

namespace tinytorch::quantization {
namespace {

using Codes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;
using Floats = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();

// --- widths and grids ---

TEST(QRange, AWidthOutsideTwoToEightIsNone) {
  for (const int bits : {-1, 0, 1, 9, 32, 64}) {
    EXPECT_ERROR((void)full_range(bits), "bits; choose 2 to 8");
    EXPECT_ERROR((void)symmetric_range(bits), "bits; choose 2 to 8");
  }
}

// --- calibration ---

TEST(PercentileObserver, NamesTheIndexOfWhatIsNotFinite) {
  PercentileObserver observer;
  EXPECT_ERROR(observer.observe(Floats{1.0f, 2.0f, kNan}), "value 2 of the batch is nan");
  EXPECT_ERROR(observer.observe(Floats{-kInf, 2.0f}), "value 0 of the batch is -inf");
  EXPECT_ERROR((void)observer.range(), "nothing observed");
}

TEST(HistogramObserver, TheLargestFloatsHaveBins) {
  HistogramObserver observer;
  observer.observe(Floats{-1.0f, 2.0f});
  observer.observe(Floats{3.4e38f, -3.4e38f});
  EXPECT_EQ(observer.observed(), (Range{-3.4e38f, 3.4e38f}));
  EXPECT_EQ(observer.bin_count(HistogramObserver::kBins - 1), 1);
  EXPECT_TRUE(std::isfinite(observer.bin_centre(HistogramObserver::kBins - 1)));
  EXPECT_LE(observer.range().max, 3.4e38f);
}

TEST(HistogramObserver, ABinThatDoesNotExistIsRefused) {
  const HistogramObserver observer;
  EXPECT_ERROR((void)observer.bin_count(HistogramObserver::kBins), "bin 2048");
  EXPECT_ERROR((void)observer.bin_count(-1), "bin -1");
}

TEST(Observers, ValuesAllEqualGiveTheirOwnInterval) {
  for (const float value : {0.0f, 5.0f, -5.0f, 1e-45f, 1e30f}) {
    for (const ObserverKind kind : {ObserverKind::kMinMax, ObserverKind::kMovingAverage,
                                    ObserverKind::kPercentile, ObserverKind::kHistogram}) {
      const auto observer = make_observer(kind, 0.1f, full_range(8));
      observer->observe({});  // changes nothing
      EXPECT_ERROR((void)observer->range(), "nothing observed");
      observer->observe(Floats(7, value));
      const Range range = observer->range();
      const QParams grid = choose_qparams_asymmetric(range.min, range.max, full_range(8));
      std::int8_t code = 0;
      float back = 0.0f;
      quantize({&value, 1}, grid, full_range(8), {&code, 1});
      dequantize({&code, 1}, grid, {&back, 1});
      EXPECT_NEAR(back, value, std::abs(value) * 0.01f + 1e-30f) << value;
    }
  }
}

// --- weights ---

TEST(QuantizedTensor, AScaleThatIsNoneIsRefused) {
  QuantizedTensor stored =
      quantize_tensor(Tensor::full({2, 4}, 0.5f),
                      {.bits = 4, .granularity = Granularity::kPerGroup, .group_size = 3});
  EXPECT_EQ(dequantize_tensor(stored).numel(), 8);  // 3 does not divide 4: short last groups
  stored.scales[1] = kNan;
  EXPECT_ERROR((void)dequantize_tensor(stored), "nan");
}

TEST(UnpackCodes, ACountThatNoMemoryHoldsIsRefused) {
  const std::vector<std::uint8_t> bytes(4);
  for (const std::int64_t count :
       {std::int64_t{1} << 61, std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_ERROR((void)unpack_codes(bytes, count, 8), "4 bytes hold fewer");
  }
}

TEST(LsqScales, AChannelOfZerosHasAScale) {
  EXPECT_EQ(lsq_scales(Tensor::zeros({2, 3}), Granularity::kPerChannel, 4), (Floats{1.0f, 1.0f}));
}

// Below the smallest scale, but not zeros: they take that scale and keep their codes.
TEST(LsqScales, AChannelOfTheSmallestNormalFloatsKeepsItsCodes) {
  EXPECT_EQ(lsq_scales(Tensor::full({1, 3}, 1.5e-38f), Granularity::kPerChannel, 8),
            Floats{kMinScale});
}

TEST(MaxScales, AWeightWithoutValuesIsRefused) {
  EXPECT_ERROR((void)max_scales(Tensor::zeros({2, 0}), Granularity::kPerTensor, 8), "0 weights");
  EXPECT_ERROR((void)max_scales(Tensor::zeros({2, 0}), Granularity::kPerChannel, 8), "0 weights");
}

TEST(MakeRoomForBias, ABiasThatIsNoNumberIsNamed) {
  Floats scales{1.0f, 1.0f};
  EXPECT_ERROR(make_room_for_bias(scales, Tensor(Shape{2}, {0.0f, kNan}), 0.1f), "bias 1 is nan");
  EXPECT_ERROR(make_room_for_bias(scales, Tensor(Shape{2}, {-kInf, 0.0f}), 0.1f), "bias 0 is -inf");
}

TEST(MakeRoomForBias, AProductThatUnderflowsEnlargesItsChannel) {
  Floats scales{1e-38f, 0.5f};
  make_room_for_bias(scales, Tensor::zeros({2}), 1e-20f);
  EXPECT_GT(1e-20f * scales[0], 0.0f);
  EXPECT_EQ(scales[1], 0.5f);
  EXPECT_EQ(quantize_bias(Floats{0.0f, 0.0f}, 1e-20f, scales), (Sums{0, 0}));
}

TEST(GolfRestore, CodesWithoutAScaleAreRefused) {
  GolfTensor stored;
  stored.codes = Codes(4, 1);
  Floats w(4);
  EXPECT_ERROR(golf_restore(stored, w), "0 scales");
  stored.scales.assign(3, half_from_float(1.0f));
  EXPECT_ERROR(golf_restore(stored, w), "3 scales");
}

TEST(CompareDialects, RefusesAMultiplierThatIsNone) {
  EXPECT_ERROR((void)compare_dialects({.multiplier = kInf}), "multiplier inf");
  EXPECT_ERROR((void)compare_golf_modes(0, 4, 1.0f, 8, 1), "0 rows");
  EXPECT_ERROR((void)compare_golf_modes(-2, -4, 1.0f, 8, 1), "-2 rows");
}

TEST(WeightQat, NamesTheParameterThatCannotBeQuantized) {
  Rng rng(1);
  nn::Linear layer(3, 2, rng);
  Tensor weight = layer.weight();
  weight.data()[4] = kNan;
  for (const WeightClip clip : {WeightClip::kMax, WeightClip::kQuantile}) {
    WeightQat qat(layer, {.bits = 8, .clip = clip});
    EXPECT_ERROR(qat.apply(), "weight: ");
    EXPECT_EQ(weight.data()[0], layer.weight().data()[0]);
  }
}

// --- sums ---

TEST(SaturatingLinear, RefusesSumsThatCouldOverflow) {
  const auto in = static_cast<std::size_t>(kMaxInputFeatures) + 1;
  Sums acc(1);
  EXPECT_ERROR((void)saturating_linear_int32(Codes(in), Codes(in), Sums{0}, acc), "33155");
}

TEST(FixedPointLanes, RefusesAMultiplierOutsideItsRange) {
  for (const FixedPoint bad : {FixedPoint{1 << 30, 31}, FixedPoint{1 << 30, 200},
                               FixedPoint{1 << 30, -32}, FixedPoint{-5, 0}, FixedPoint{7, 0}}) {
    EXPECT_ERROR(FixedPointLanes(std::array{FixedPoint{}, bad}), "channel 1");
  }
}

// --- images ---

TEST(Layout, ASizeThatIsNoWholeImageIsRefused) {
  const Codes x(7);
  EXPECT_ERROR((void)to_channels_last<std::int8_t>(x, 2, 2), "7");
  EXPECT_ERROR((void)to_channels_first<std::int8_t>(x, 2, 2), "7");
  EXPECT_ERROR((void)to_channels_last<std::int8_t>(x, 0, 2), "0");
  EXPECT_ERROR((void)to_channels_last<std::int8_t>(x, -1, -7), "-1");
}

TEST(QuantizedAdd, RefusesGridsThatAreNone) {
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    const auto make = [&](QParams a, QParams b, QParams out) {
      (void)QuantizedAdd({a, b, out}, full_range(8), dialect);
    };
    const QParams good{0.5f, 3};
    EXPECT_ERROR(make({0.0f, 0}, good, good), "positive and finite, got 0");
    EXPECT_ERROR(make(good, {kNan, 0}, good), "positive and finite, got nan");
    EXPECT_ERROR(make(good, good, {kInf, 0}), "positive and finite, got inf");
    EXPECT_ERROR(make(good, good, {-1.0f, 0}), "positive and finite, got -1");
    EXPECT_ERROR(make(good, {0.5f, kLowest}, good), "got -2147483648");
    EXPECT_ERROR(make(good, good, {0.5f, 128}), "got 128");
  }
}

TEST(ImageOps, RefuseAnInstructionSetThatTheMachineLacks) {
  const QuantizedAdd sum({{0.5f, 0}, {0.5f, 0}, {0.5f, 0}}, full_range(8), Dialect::kTflite);
  Isa missing = Isa::kNeonDot;
  for (const Isa isa : supported_isas()) {
    if (isa == missing) missing = Isa::kAvx2;
  }
  Codes out(1);
  const kernels::ConvSizes one{};
  EXPECT_ERROR(sum.forward(Codes{1}, Codes{1}, out, missing), "this machine has no");
  EXPECT_ERROR(max_pool(Codes{1}, one, out, missing), "this machine has no");
  EXPECT_ERROR(average_pool(Codes{1}, 0, full_range(8), one, Dialect::kOrt, out, missing),
               "this machine has no");
}

TEST(AveragePool, AWindowWhoseSumCouldOverflowIsRefused) {
  const std::int64_t side = 2900;  // 255 · 2900² does not fit in int32
  const kernels::ConvSizes sizes{
      .in_height = side, .in_width = side, .kernel_height = side, .kernel_width = side};
  const Codes x(static_cast<std::size_t>(side * side), 127);
  Codes out(1);
  for (const Isa isa : supported_isas()) {
    EXPECT_ERROR(average_pool(x, -128, full_range(8), sizes, Dialect::kOrt, out, isa),
                 "8410000 places");
  }
  EXPECT_ERROR(average_pool(Codes{1}, kLowest, full_range(8), {}, Dialect::kOrt, out),
               "zero-point");
}

TEST(RequireGeometry, SizesWhoseProductOverflowsAreRefused) {
  const std::int64_t huge = std::int64_t{1} << 31;
  const kernels::ConvSizes sizes{
      .batch = huge, .in_height = huge, .in_width = huge, .out_height = huge, .out_width = huge};
  Codes out;
  EXPECT_ERROR(max_pool({}, sizes, out), "2147483648");
}

// --- repair and search ---

TEST(EqualizingScales, RangesThatAreNoneOrTooFarApartAreRefused) {
  for (const float none : {kNan, kInf, -1.0f}) {
    EXPECT_ERROR((void)equalizing_scales(Floats{1.0f, none}, Floats{1.0f, 1.0f}), "channel 1");
    EXPECT_ERROR((void)equalizing_scales(Floats{1.0f, 1.0f}, Floats{1.0f, none}), "channel 1");
  }
  EXPECT_ERROR((void)equalizing_scales(Floats{3e38f}, Floats{1e-45f}), "too far apart");
  EXPECT_ERROR((void)equalizing_scales(Floats{1e-45f}, Floats{3e38f}), "too far apart");
  EXPECT_EQ(equalizing_scales(Floats{0.0f, 3e38f}, Floats{3e38f, 0.0f}), (Floats{1.0f, 1.0f}));
  // Subnormal ranges that are alike say nothing against the pair.
  EXPECT_EQ(equalizing_scales(Floats{1e-42f}, Floats{1e-42f}), Floats{1.0f});
  EXPECT_NEAR(equalizing_scales(Floats{1e38f}, Floats{1e-36f})[0], 1e37f, 1e31f);
}

TEST(EqualizePair, ChannelsTooFarApartAreLeftAsTheyAre) {
  Floats weight{3e38f, -1e38f};
  Floats bias{1.0f};
  Floats next{1e-45f, 0.0f};
  Floats next_bias{0.0f, 0.0f};
  EXPECT_ERROR((void)equalize_pair({weight, bias}, {next, next_bias}, Between::kRelu),
               "too far apart");
  EXPECT_EQ(weight, (Floats{3e38f, -1e38f}));
  EXPECT_EQ(next, (Floats{1e-45f, 0.0f}));
}

using Costs = std::vector<std::vector<double>>;
constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TEST(AllocateBits, BitsThatNo64BitsCountAreRefused) {
  const std::array<int, 2> widths{8, 4};
  const Costs two{{0, 1}, {0, 1}};
  const Costs one{{0, 1}};
  using Sizes = std::vector<std::int64_t>;
  EXPECT_ERROR((void)allocate_bits(two, Sizes{kHuge, kHuge}, widths, 100), "64 bits");
  EXPECT_ERROR((void)allocate_bits(one, Sizes{kHuge}, widths, kHuge), "64 bits");
  EXPECT_ERROR((void)allocate_bits(one, Sizes{kHuge / 5}, widths, kHuge), "64 bits");
  EXPECT_EQ(allocate_bits(one, Sizes{kHuge / 8}, widths, kHuge), (std::vector<int>{8}));
}

TEST(AllocateBits, CostsWhoseSumOverflowsAreRefused) {
  const std::array<int, 2> widths{8, 4};
  const std::array<std::int64_t, 2> sizes{1, 1};
  EXPECT_ERROR((void)allocate_bits({{1e308, 0}, {1e308, 0}}, sizes, widths, 100), "costs");
  EXPECT_ERROR((void)allocate_bits({{-1e308, 0}, {-1e308, 0}}, sizes, widths, 100), "costs");
}

TEST(LeaveOneOut, ADifferenceThatOverflowsIsRefused) {
  const LossAt far = [](std::span<const int> bits) { return bits[0] == 4 ? 1.7e308 : -1.7e308; };
  EXPECT_ERROR((void)leave_one_out(1, std::array{8, 4}, far), "layer 0 at 4 bits");
}

TEST(FirstDivergence, AMultiplierOrARangeThatIsNoneIsRefused) {
  const auto attempt = [](float multiplier, QRange range) {
    const LayerRun integer{{multiplier}, 0, range, {1}};
    const LayerRun simulated{{multiplier}, 0, range, {2}};
    const std::vector<LayerTrace> layers{{{15}, integer, simulated}};
    (void)first_divergence(layers);
  };
  attempt(0.1f, full_range(8));
  for (const float none : {kNan, kInf, -kInf}) {
    EXPECT_ERROR(attempt(none, full_range(8)),
                 concat("layer 0: multiplier[0] must be finite, got ", none));
  }
  EXPECT_ERROR(attempt(0.1f, {5, -5}), "layer 0: qmin must be at most qmax, got [5, -5]");
}

TEST(RoundingPenalty, ABetaWhoseSlopeIsNoNumberIsRefused) {
  for (const float beta : {kInf, 3e38f, kNan, 0.5f}) {
    EXPECT_ERROR((void)rounding_penalty(0.3f, beta),
                 concat("beta must be from 1 to 1e+38, got ", beta));
  }
  EXPECT_EQ(rounding_penalty(0.3f, 1e38f).slope, 0.0f);
}

TEST(Reconstruct, ASquareThatWrapsAroundIsRefused) {
  for (const std::int64_t in : {std::int64_t{1} << 32, std::int64_t{1} << 40, kHuge}) {
    EXPECT_ERROR((void)reconstruct({}, {}, {}, in), "0 weights must divide evenly");
  }
}

TEST(AdaRound, AQuotientThatOverflowsIsTheLastCode) {
  const Floats moments{1, 0, 0, 1};
  const AdaRoundOptions options{.steps = 5};
  EXPECT_EQ(adaround(Floats{1e30f, -1e30f}, Floats{1e-30f}, moments, options), (Codes{7, -7}));
  EXPECT_EQ(adaround(Floats{-3e38f, 0.0f}, Floats{1e-45f}, moments, options), (Codes{-7, 0}));
}

TEST(MakeRoomForBias, AScaleThatIsNoneAndABiasOfAnotherSizeAreRefused) {
  for (const float none : {kNan, kInf, 0.0f, -1.0f}) {
    Floats scales{1.0f};
    EXPECT_ERROR(make_room_for_bias(scales, Tensor::zeros({1}), none),
                 concat("scale must be positive and finite, got ", none));
    Floats bad{none};
    EXPECT_ERROR(make_room_for_bias(bad, Tensor::zeros({1}), 0.1f),
                 concat("scale must be positive and finite, got ", none));
  }
  Floats two{1.0f, 1.0f};
  EXPECT_ERROR(make_room_for_bias(two, Tensor::zeros({1}), 0.1f), "2 scales");
}

}  // namespace
}  // namespace tinytorch::quantization
