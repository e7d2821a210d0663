// Intervals over a few seeds, against closed forms.
#include "milestones/support/paired_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

TEST(PairedInterval, StudentsQuantilesInClosedForm) {
  EXPECT_NEAR(student_t95(1), std::tan(0.475 * std::numbers::pi), 1e-9);
  EXPECT_NEAR(student_t95(2), 0.95 / std::sqrt(2.0 * 0.975 * 0.025), 1e-9);
  EXPECT_NEAR(student_t95(3), 3.1824463, 1e-6);
  EXPECT_NEAR(student_t95(4), 2.7764451, 1e-6);
  EXPECT_NEAR(student_t95(9), 2.2621572, 1e-6);
  EXPECT_NEAR(student_t95(1000), 1.9623391, 1e-6);
  EXPECT_THROW(student_t95(0), Error);
}

TEST(PairedInterval, ThreeValuesByHand) {
  // Mean 2, variance ((1 + 0 + 1) / 2) = 1: half = 4.302653 / √3.
  const Interval interval = mean_interval({1.0, 2.0, 3.0});
  EXPECT_DOUBLE_EQ(interval.mean, 2.0);
  EXPECT_NEAR(interval.half, 4.30265273 / std::sqrt(3.0), 1e-7);
  EXPECT_FALSE(interval.above(0.0)) << "2 - 2.48 lies below 0";
  EXPECT_TRUE(mean_interval({-1.0, -1.1, -0.9}).below(0.0));
}

TEST(PairedInterval, WhatTheSeedsShareDropsOut) {
  const Interval interval = paired_interval({10.1, 20.1, 30.1}, {10.0, 20.0, 30.0});
  EXPECT_NEAR(interval.mean, 0.1, 1e-12);
  EXPECT_NEAR(interval.half, 0.0, 1e-12) << "the seeds differ, the differences do not";
  EXPECT_THROW(paired_interval({1.0}, {1.0, 2.0}), Error);
}

TEST(PairedInterval, OneSeedSaysNothingAboutSpread) {
  const Interval interval = mean_interval({-3.0});
  EXPECT_FALSE(interval.below(0.0));
  EXPECT_FALSE(interval.above(0.0));
  EXPECT_THROW(mean_interval({}), Error);
}

}  // namespace
}  // namespace tinytorch::milestones
