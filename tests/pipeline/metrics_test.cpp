// What a budget speaks of.
#include "tinytorch/pipeline/gate/metrics.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace tinytorch::pipeline {
namespace {

Tensor column(std::vector<float> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor(Shape{rows}, std::move(values));
}

TEST(Metrics, PearsonsCorrelationIgnoresScaleAndOrigin) {
  const Tensor t = column({1, 2, 3, 4});
  EXPECT_NEAR(measure(Metric::kPlcc, column({10, 30, 20, 40}), t), 0.8, 1e-12);
  EXPECT_DOUBLE_EQ(measure(Metric::kPlcc, column({1e6f, 1e6f + 2, 1e6f + 4, 1e6f + 6}), t), 1.0);
  EXPECT_DOUBLE_EQ(measure(Metric::kPlcc, column({-1, -2, -3, -4}), t), -1.0);
}

TEST(Metrics, Top1CountsTheFirstOfEquals) {
  const Tensor p(Shape{3, 2}, {1, 2, 3, 0, 5, 5});
  EXPECT_NEAR(measure(Metric::kTop1, p, column({1, 1, 0})), 2.0 / 3.0, 1e-15);
  EXPECT_ERROR(measure(Metric::kTop1, p, column({1, 2, 0})), "label 2 of row 1");
  EXPECT_ERROR(measure(Metric::kTop1, p, column({1, 0.5f, 0})), "label 0.5");
}

TEST(Metrics, BitsPerByteAreNatsOverLn2) {
  EXPECT_NEAR(measure(Metric::kBpb, column({2.0f, 4.0f}), column({3, 1})),
              6.0 / (4.0 * 0.693147180559945), 1e-12);
  EXPECT_ERROR(measure(Metric::kBpb, column({2.0f}), column({0})), "0 bytes");
}

TEST(Metrics, ErrorsAgainstTargetsAndAgainstTheFloatModel) {
  const Tensor t(Shape{2, 2}, {3, 4, 0, 0});
  const Tensor p(Shape{2, 2}, {3, 4, 0, 1});
  EXPECT_DOUBLE_EQ(measure(Metric::kRmse, p, t), 0.5);
  EXPECT_NEAR(measure(Metric::kSqnr, p, t), 10.0 * std::log10(25.0), 1e-12);
  EXPECT_TRUE(std::isinf(measure(Metric::kSqnr, t, t)));
  EXPECT_NEAR(measure(Metric::kCosine, p, t), 25.0 / std::sqrt(25.0 * 26.0), 1e-12);
  EXPECT_DOUBLE_EQ(measure(Metric::kAgreement, p, t), 0.5);
}

// NaN and constant predictions have no metric; they must never look like a good one.
TEST(Metrics, RefusesPredictionsThatSayNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor t = column({1, 2, 3});
  for (const Metric metric : {Metric::kPlcc, Metric::kRmse, Metric::kSqnr, Metric::kCosine}) {
    EXPECT_ERROR(measure(metric, column({1, nan, 3}), t), "predictions hold nan at element 1");
    EXPECT_ERROR(measure(metric, column({1, INFINITY, 3}), t), "predictions hold inf");
  }
  EXPECT_ERROR(measure(Metric::kPlcc, column({0.3f, 0.3f, 0.3f}), t), "constant predictions");
  EXPECT_ERROR(measure(Metric::kPlcc, t, column({7, 7, 7})), "constant predictions or targets");
  EXPECT_ERROR(measure(Metric::kCosine, column({0, 0, 0}), t), "no value");
  EXPECT_ERROR(measure(Metric::kTop1, Tensor(Shape{1, 2}, {nan, 1}), column({1})), "nan");
}

TEST(Metrics, RefusesShapesThatDoNotFit) {
  EXPECT_ERROR(measure(Metric::kPlcc, column({1, 2}), column({1, 2, 3})), "as many rows");
  EXPECT_ERROR(measure(Metric::kTop1, column({1, 2}), column({1, 2})), "[rows, classes]");
  EXPECT_ERROR(measure(Metric::kRmse, Tensor(Shape{2, 2}), column({1, 2})), "as many values");
  EXPECT_ERROR(measure(Metric::kRmse, Tensor(Shape{0, 2}), Tensor(Shape{0, 2})),
               "at least one row");
}

TEST(Metrics, SumsOfRowsAddUpToTheMetricOfAll) {
  Rng rng(3);
  const Tensor p = Tensor::randn(Shape{50, 4}, rng);
  const Tensor t = Tensor::randn(Shape{50, 4}, rng);
  for (const Metric metric : {Metric::kPlcc, Metric::kRmse, Metric::kCosine, Metric::kAgreement}) {
    MetricSums twice;
    for (const MetricSums& row : row_sums(metric, p, t)) {
      twice += row;
      twice += row;
    }
    EXPECT_NEAR(metric_of(metric, twice), measure(metric, p, t), 1e-12) << name(metric);
  }
}

TEST(Metrics, DropIsPositiveWhenWorse) {
  EXPECT_NEAR(drop(Metric::kPlcc, 0.9, 0.8), 0.1, 1e-12);
  EXPECT_NEAR(drop(Metric::kBpb, 2.0, 2.1), 0.1, 1e-12);
  EXPECT_NEAR(drop(Metric::kSqnr, INFINITY, 40.0), 0.01, 1e-12);
  EXPECT_DOUBLE_EQ(drop(Metric::kSqnr, INFINITY, INFINITY), 0.0);
  EXPECT_TRUE(std::isnan(drop(Metric::kTop1, 0.9, std::nan(""))));
}

TEST(Metrics, HaveNames) {
  for (const Metric metric : {Metric::kPlcc, Metric::kTop1, Metric::kBpb, Metric::kRmse,
                              Metric::kSqnr, Metric::kCosine, Metric::kAgreement}) {
    EXPECT_EQ(metric_named(name(metric)), metric);
  }
  EXPECT_ERROR(metric_named("accuracy"), "there are plcc, top1");
}

}  // namespace
}  // namespace tinytorch::pipeline
