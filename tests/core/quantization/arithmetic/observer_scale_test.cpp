// What an observer says of x · 2^k is what it says of x, times 2^k: no magnitude is special.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/calibration.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/qat/detail/symmetric_observer.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;

// Magnitudes from 0.5 to 4, with zeros and an outlier of 7.
std::vector<Floats> batches() {
  Rng rng(3);
  std::vector<Floats> all(3);
  for (Floats& batch : all) {
    for (int i = 0; i < 400; ++i) {
      const float magnitude = 0.5f + std::fabs(rng.normal());
      batch.push_back(i % 7 == 0 ? 0.0f : (i % 3 == 0 ? -magnitude : magnitude));
    }
  }
  all[1].push_back(7.0f);
  return all;
}

Range range_of(Observer& observer, int k) {
  for (Floats batch : batches()) {
    for (float& x : batch) x = std::ldexp(x, k);
    observer.observe(batch);
  }
  return observer.range();
}

template <typename Make>
void expect_same_at_every_scale(Make make) {
  const Range plain = range_of(*make(), 0);
  for (int k = -125; k <= 125; ++k) {
    const Range scaled = range_of(*make(), k);
    ASSERT_EQ(scaled.min, std::ldexp(plain.min, k)) << k;
    ASSERT_EQ(scaled.max, std::ldexp(plain.max, k)) << k;
  }
}

TEST(ObserverScale, ChangesNothingButTheScale) {
  expect_same_at_every_scale([] { return std::make_unique<MinMaxObserver>(); });
  expect_same_at_every_scale([] { return std::make_unique<MovingAverageObserver>(0.3f); });
  expect_same_at_every_scale([] { return std::make_unique<PercentileObserver>(0.99); });
  for (const int bits : {3, 4}) {
    const QRange codes = full_range(bits);
    expect_same_at_every_scale([codes] { return std::make_unique<HistogramObserver>(codes); });
    expect_same_at_every_scale([codes] { return std::make_unique<EntropyObserver>(codes); });
  }
}

TEST(ObserverScale, MergedHalvesAreTheWholeAtEveryScale) {
  for (const int k : {-125, -40, 0, 40, 125}) {
    HistogramObserver whole;
    HistogramObserver merged;
    for (Floats batch : batches()) {
      for (float& x : batch) x = std::ldexp(x, k);
      whole.observe(batch);
      HistogramObserver part;
      part.observe(batch);
      merged.merge(part);
    }
    EXPECT_EQ(merged.range(), whole.range()) << k;
  }
}

// The squared error of x through 8-bit codes over `range`.
double error_of(const Floats& x, Range range) {
  const QParams params = choose_qparams_asymmetric(range.min, range.max, {});
  std::vector<std::int8_t> codes(x.size());
  quantize(x, params, {}, codes);
  Floats back(x.size());
  dequantize(codes, params, back);
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += (double{x[i]} - double{back[i]}) * (double{x[i]} - double{back[i]});
  }
  return sum;
}

TEST(ObserverScale, SmallUniformValuesAreNotClipped) {
  for (const float width : {9e-7f, 1e-3f, 3e-5f, 1e-20f, 1.0f, 1e20f}) {
    Rng rng(5);
    Floats x(10'000);
    for (float& value : x) value = rng.uniform(0.0f, width);
    HistogramObserver histogram;
    MinMaxObserver ends;
    histogram.observe(x);
    ends.observe(x);
    EXPECT_LE(error_of(x, histogram.range()), 1.5 * error_of(x, ends.range())) << width;
  }
}

TEST(ObserverScale, ZerosAndSmallValuesBeforeLargeOnesCountAsOne) {
  HistogramObserver apart;
  apart.observe(Floats{0.0f, -0.0f});
  apart.observe(Floats{1e-30f, -2e-12f});
  apart.observe(Floats{3.0f, -1.0f, 0.25f});
  HistogramObserver together;
  together.observe(Floats{0.0f, -0.0f, 1e-30f, -2e-12f, 3.0f, -1.0f, 0.25f});
  EXPECT_EQ(apart.range(), together.range());
  for (int bin = 0; bin < HistogramObserver::kBins; ++bin) {
    ASSERT_EQ(apart.bin_count(bin), together.bin_count(bin)) << bin;
    ASSERT_EQ(apart.bin_centre(bin), together.bin_centre(bin)) << bin;
  }
}

// A copy has seen the same, and what it sees afterwards is its own.
TEST(ObserverClone, IsAnObserverOfItsOwn) {
  const std::vector<std::shared_ptr<Observer>> observers{
      std::make_shared<MinMaxObserver>(),
      std::make_shared<MovingAverageObserver>(0.3f),
      std::make_shared<PercentileObserver>(0.99),
      std::make_shared<HistogramObserver>(),
      std::make_shared<EntropyObserver>(),
      std::make_shared<SymmetricObserver>(std::make_unique<MinMaxObserver>(), full_range(8))};
  for (const auto& observer : observers) {
    observer->observe(batches()[0]);
    const auto before = observer->state().entries();
    const std::unique_ptr<Observer> copy = observer->clone();
    EXPECT_EQ(copy->state().entries(), before);
    copy->observe(Floats{-100.0f, 100.0f});
    EXPECT_EQ(observer->state().entries(), before);
    observer->observe(Floats{-100.0f, 100.0f});
    EXPECT_EQ(observer->state().entries(), copy->state().entries());
    EXPECT_EQ(observer->range().max, copy->range().max);
  }
}

}  // namespace
}  // namespace tinytorch::quantization
