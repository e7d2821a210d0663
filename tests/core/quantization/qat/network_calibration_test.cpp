// Networks calibrated with every kind of observer, in one go and in parts.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/digits_network.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/quantization/arithmetic/calibration.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/quantization/qat/qat_network.h"
#include "tinytorch/quantization/qat/repair.h"

namespace tinytorch::quantization {
namespace {

constexpr ObserverKind kKinds[] = {ObserverKind::kMinMax, ObserverKind::kMovingAverage,
                                   ObserverKind::kPercentile, ObserverKind::kHistogram,
                                   ObserverKind::kEntropy};

std::vector<float> values(const Tensor& x) { return {x.data().begin(), x.data().end()}; }

std::vector<QParams> grids(const QatNetwork& net) {
  std::vector<QParams> all;
  for (std::size_t value = 0; value <= net.nodes().size(); ++value) {
    all.push_back(net.value_qparams(value));
  }
  return all;
}

// The digits survive int8 whichever observer chose the ranges, and what was calibrated is what is
// deployed.
TEST(Calibration, EveryObserverDeploysTheDigits) {
  Rng rng(1);
  const auto [digits, model, in_float] = digits_network::trained(rng);
  std::vector<std::vector<QParams>> seen;
  for (const ObserverKind kind : kKinds) {
    SCOPED_TRACE(static_cast<int>(kind));
    const auto net = prepare_network(*model, {.observer = kind});
    net->eval();
    for (std::int64_t first = 0; first + 300 <= 1200; first += 300) {
      (void)net->forward(digits.train.inputs().rows(first, first + 300));
    }
    net->set_phase(QatPhase::kQuantize);
    EXPECT_NEAR(digits_network::accuracy(*net, digits.test), in_float, 0.012);
    const QuantizedNetwork deployed = convert_network(*net);
    EXPECT_EQ(values(deployed.forward(digits.test.inputs())),
              values(net->forward(digits.test.inputs())));
    for (const auto& other : seen) EXPECT_NE(grids(*net), other);  // each has a mind of its own
    seen.push_back(grids(*net));
  }
}

// Two copies watch two batches each; a third watches all four.
TEST(Calibration, TwoHalvesAreTheWhole) {
  for (const ObserverKind kind : kKinds) {
    SCOPED_TRACE(static_cast<int>(kind));
    Rng rng(2);
    const auto model = small::residual(rng);
    const QConfig config{.observer = kind};
    const auto whole = prepare_network(*model, config);
    const auto one = prepare_network(*model, config);
    const auto two = prepare_network(*model, config);
    for (const auto& net : {whole, one, two}) net->eval();
    for (int batch = 0; batch < 4; ++batch) {
      const Tensor x = ops::mul(small::batch({2, 8, 8}, 16, rng), 1.0f + static_cast<float>(batch));
      (void)whole->forward(x);
      (void)(batch < 2 ? one : two)->forward(x);
    }
    one->merge_calibration(*two);
    if (kind == ObserverKind::kMovingAverage) continue;  // depends on the order; see below
    for (std::size_t value = 0; value <= whole->nodes().size(); ++value) {
      const QParams merged = one->value_qparams(value);
      const QParams expected = whole->value_qparams(value);
      EXPECT_FLOAT_EQ(merged.scale, expected.scale) << value;  // percentiles are sums of doubles
      EXPECT_EQ(merged.zero_point, expected.zero_point) << value;
      if (kind != ObserverKind::kPercentile) {
        EXPECT_EQ(merged.scale, expected.scale) << value;
      }
    }
  }
}

TEST(Calibration, MovingAveragesAreWeightedByTheirBatches) {
  Rng rng(3);
  const auto model = small::mlp(rng);
  const auto one = prepare_network(*model, {});
  const auto two = prepare_network(*model, {});
  (void)one->forward(Tensor::full(Shape{1, 12}, 4.0f));
  for (int i = 0; i < 3; ++i) (void)two->forward(Tensor::full(Shape{1, 12}, 8.0f));
  one->merge_calibration(*two);
  EXPECT_FLOAT_EQ(one->input_qparams().scale, 7.0f / 255.0f);  // (4 + 3 · 8) / 4
}

TEST(Calibration, ANetworkThatSawNothingTakesAllOver) {
  Rng rng(4);
  const auto model = small::cnn(rng);
  const auto fresh = prepare_network(*model, {.observer = ObserverKind::kEntropy});
  const auto seen = prepare_network(*model, {.observer = ObserverKind::kEntropy});
  seen->eval();
  (void)seen->forward(small::batch({2, 8, 8}, 16, rng));
  fresh->merge_calibration(*seen);
  EXPECT_EQ(grids(*fresh), grids(*seen));
  EXPECT_EQ(fresh->value_shape(1), seen->value_shape(1));
  EXPECT_NO_THROW((void)convert_network(*fresh));
}

TEST(Calibration, RefusesToMergeOtherNetworks) {
  Rng rng(5);
  const auto model = small::cnn(rng);
  const auto net = prepare_network(*model, {});
  const auto refuse = [&](const QatNetwork& other, const char* expected) {
    EXPECT_ERROR(net->merge_calibration(other), expected);
  };
  refuse(*prepare_network(*small::mlp(rng), {}), "not copies of one network");
  refuse(*prepare_network(*model, {.observer = ObserverKind::kMinMax}), "other observers");
  refuse(*prepare_network(*model, {.observer_momentum = 0.5f}), "momenta");
  refuse(*prepare_network(*model, {.activation_bits = 4}), "activation bits");
}

TEST(Calibration, ChainsOfLinearLayersMergeAsWell) {
  Rng rng(6);
  const auto model = small::mlp(rng);
  const auto one = prepare_qat(*model, {});
  const auto two = prepare_qat(*model, {});
  (void)one->forward(Tensor::full(Shape{1, 12}, 4.0f));
  for (int i = 0; i < 3; ++i) (void)two->forward(Tensor::full(Shape{1, 12}, 8.0f));
  const float first = one->value_qparams(2).scale;
  const float second = two->value_qparams(2).scale;
  one->merge_calibration(*two);
  EXPECT_FLOAT_EQ(one->input_qparams().scale, 7.0f / 255.0f);
  EXPECT_NE(one->value_qparams(2).scale, first);
  EXPECT_NE(one->value_qparams(2).scale, second);
  EXPECT_ERROR(one->merge_calibration(*prepare_qat(*model, {.activation_bits = 4})), "one QConfig");
  EXPECT_ERROR(one->merge_calibration(*prepare_qat(*digits_network::make(rng), {})),
               "not copies of one network");
}

// Largest magnitude of a channel over the smallest of another, [n, channels].
float spread(const Tensor& y) {
  PerChannelObserver observer(y.size(1));
  observer.observe(y.data(), 1);
  std::vector<float> sizes;
  for (const Range range : observer.ranges()) sizes.push_back(std::max(-range.min, range.max));
  const auto [smallest, largest] = std::minmax_element(sizes.begin(), sizes.end());
  return *largest / *smallest;
}

// What ranges of each channel are for: an activation has one scale, so channels that lie far apart
// cost the small ones their codes. Equalization moves the difference into the next layer.
TEST(PerChannelRanges, ShowWhatEqualizationRepairs) {
  Rng rng(7);
  const Tensor x = Tensor::randn(Shape{200, 8}, rng);
  Tensor first = Tensor::randn(Shape{6, 8}, rng);
  Tensor bias = Tensor::zeros(Shape{6});
  Tensor second = Tensor::randn(Shape{4, 6}, rng);
  Tensor last = Tensor::zeros(Shape{4});
  for (std::size_t k = 0; k < 8; ++k) first.data()[k] *= 100.0f;  // channel 0
  EXPECT_GT(spread(ops::linear(x, first, bias)), 50.0f);
  (void)equalize_pair({.weight = first.data(), .bias = bias.data()},
                      {.weight = second.data(), .bias = last.data()}, Between::kRelu);
  EXPECT_LT(spread(ops::linear(x, first, bias)), 20.0f);
}

}  // namespace
}  // namespace tinytorch::quantization
