// Times measured in pairs, on clocks that a test turns itself.
#include "tinytorch/pipeline/gate/paired_latency.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.h"

namespace tinytorch::pipeline {
namespace {

// Work moves the clocks; another process moves the wall's alone.
struct Turned {
  std::int64_t wall = 0;
  std::int64_t processor = 0;
  Clocks clocks() {
    return {[this] { return wall; }, [this] { return processor; }};
  }
  void work(std::int64_t nanoseconds) {
    wall += nanoseconds;
    processor += nanoseconds;
  }
};

TEST(PairedLatency, MeasuresTheRatioOfPairs) {
  Turned turned;
  const PairedLatency of = measure_paired(
      "tinytorch", [&] { turned.work(4000); }, [&] { turned.work(1000); }, {.pairs = 21},
      turned.clocks());
  EXPECT_EQ(of.pairs, 21);
  EXPECT_EQ(of.float_ns, 4000.0);
  EXPECT_EQ(of.int8_ns, 1000.0);
  EXPECT_EQ(of.ratio, (Interval{0.25, 0.25, 0.25}));
  EXPECT_FALSE(of.machine_busy);
}

// A machine that becomes slower all the time: pairs alternate, so the ratio stays what it is.
TEST(PairedLatency, AlternatesSoThatDriftCancels) {
  Turned turned;
  double pace = 1000.0;
  std::string order;
  const auto call = [&](char which) {
    pace *= 1.001;
    turned.work(static_cast<std::int64_t>(pace));
    order += which;
  };
  const PairedLatency of = measure_paired(
      "tinytorch", [&] { call('f'); }, [&] { call('i'); },
      {.warmup = 0, .pairs = 40, .sample_ns = 1}, turned.clocks());
  EXPECT_NEAR(of.ratio.estimate, 1.0, 1e-4);
  EXPECT_EQ(order.substr(6, 8),
            "fiiffiif");  // behind three calls of each, to see how long they take
}

TEST(PairedLatency, ThrowsDisturbedPairsAway) {
  Turned turned;
  int calls = 0;
  const auto work = [&] {
    turned.work(1000);
    if (++calls % 10 == 0) turned.wall += 900;  // somebody else ran
  };
  const PairedLatency of = measure_paired(
      "tinytorch", work, work, {.warmup = 0, .pairs = 20, .sample_ns = 1}, turned.clocks());
  EXPECT_FALSE(of.machine_busy);
  EXPECT_EQ(of.pairs, 20);
  EXPECT_EQ(of.busy, 0.0);
}

TEST(PairedLatency, SaysThatTheMachineIsBusy) {
  Turned turned;
  const auto work = [&] {
    turned.work(1000);
    turned.wall += 100;
  };
  const PairedLatency of = measure_paired("tinytorch", work, work, {}, turned.clocks());
  EXPECT_TRUE(of.machine_busy);
  EXPECT_NEAR(of.busy, 0.1, 1e-9);
}

TEST(PairedLatency, TheMediansIntervalIsThatOfTheBinomial) {
  std::vector<double> values;
  for (int i = 1; i <= 41; ++i) values.push_back(i);
  // P(Binomial(41, 1/2) < 14) = 0.0138, < 15: 0.0298
  EXPECT_EQ(median_interval(values), (Interval{21.0, 14.0, 28.0}));
  values.resize(6);
  EXPECT_EQ(median_interval(values), (Interval{3.5, 1.0, 6.0}));
  values.resize(5);
  EXPECT_ERROR(median_interval(values), "5 values");
}

TEST(PairedLatency, RunsOnTheRealClocks) {
  volatile double sum = 0.0;
  const auto work = [&](int count) {
    for (int i = 0; i < count; ++i) sum = sum + 1.0;
  };
  const PairedLatency of = measure_paired(
      "tinytorch", [&] { work(40'000); }, [&] { work(10'000); },
      {.pairs = 9, .sample_ns = 200'000, .busy = 1e9});
  EXPECT_NEAR(of.ratio.estimate, 0.25, 0.15);
}

}  // namespace
}  // namespace tinytorch::pipeline
