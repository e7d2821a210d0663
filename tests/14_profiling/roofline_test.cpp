// Learner tests of part 5: what a layer could reach, and what it does reach.
#include "tinytorch/profiling/roofline.h"

#include <gtest/gtest.h>

#include "tests/support/teach.h"

namespace tinytorch::profiling {
namespace {

using teach::expect_error;
using teach::expect_no_error;
using teach::expect_value;

// 100 GFLOP/s, 20 GB/s: the ridge lies at 5 FLOPs a byte.
Machine small_machine() {
  Machine machine;
  machine.peak.set(100.0);
  machine.bandwidth.set(20.0);
  return machine;
}

Latency taking(double median) {
  Latency latency;
  latency.median.set(median);
  latency.p90.set(2.0 * median);
  latency.p99.set(5.0 * median);
  return latency;
}

// --- 14.14 intensity, ridge_point, attainable, classify ---

TEST(Roofline, IntensityIsFlopsPerByte) {
  expect_value("intensity of 70 FLOPs on 140 bytes", intensity({70, 140}), 0.5,
               {{0.0, "Both counts are integers, and so was the division: convert first."},
                {2.0, "That is bytes per FLOP."}});
}

TEST(Roofline, TheLowerOfTwoLimitsCounts) {
  const Machine machine = small_machine();
  expect_value("attainable at intensity 2", attainable(machine, 2.0), 40.0,
               {{100.0,
                 "At 2 FLOPs a byte, 20 GB/s feed 40 GFLOP/s and no more: take the lower "
                 "limit."},
                {140.0, "Both limits hold at once: take the lower one, do not add them."},
                {10.0, "20 GB/s at 2 FLOPs a byte: multiply, do not divide."}});
  expect_value("attainable at intensity 8", attainable(machine, 8.0), 100.0,
               {{160.0, "The machine does not compute faster than its peak."}});
  expect_value("attainable at intensity 0", attainable(machine, 0.0), 0.0);
  expect_error([&] { (void)attainable(machine, -1.0); }, "-1",
               "This check is given: leave it above your lines.");
}

TEST(Roofline, TheRidgeIsWhereTheLimitsMeet) {
  expect_value("ridge point of 100 GFLOP/s and 20 GB/s", ridge_point(small_machine()), 5.0,
               {{0.2, "That is bytes per FLOP: peak over bandwidth, not the other way round."},
                {2000.0, "Divide: the intensity at which the bandwidth just feeds the peak."}});
}

TEST(Roofline, LayersLeftOfTheRidgeWaitForMemory) {
  const Machine machine = small_machine();
  const auto is_memory = [&](double x) {
    return std::int64_t{classify(machine, x) == Bound::kMemory};
  };
  expect_value("memory-bound at intensity 2", is_memory(2.0), 1,
               {{0,
                 "At 2 FLOPs a byte this machine waits for its memory; its ridge lies at 5, "
                 "and only the machine knows that."}});
  expect_value("memory-bound at intensity 8", is_memory(8.0), 0,
               {{1, "Right of the ridge the bytes come fast enough: compute-bound."}});
  expect_value("memory-bound at the ridge", is_memory(5.0), 0,
               {{1, "On the ridge the bandwidth just suffices: kCompute."}});
}

TEST(Roofline, WithoutAMachineThereIsNoRoof) {
  Machine machine;
  const auto fails = [&](const std::string& what) {
    const std::string why = "What was not measured is an Error, never a number of a data sheet.";
    expect_error([&] { (void)attainable(machine, 2.0); }, what, why);
    expect_error([&] { (void)classify(machine, 2.0); }, what, why);
    expect_error([&] { (void)ridge_point(machine); }, what, why);
  };
  fails("not measured");
  machine.peak.set(100.0);
  fails("memory bandwidth: not measured");
}

// --- 14.15 place ---

TEST(Place, ComparesWhatIsReachedWithTheRoof) {
  const RooflinePoint point = place("3", {4000, 1000}, taking(200.0), small_machine());
  EXPECT_EQ(point.name, "3") << "The name is handed on.";
  expect_value("intensity", point.intensity, 4.0);
  expect_value("attainable", point.attainable, 80.0);
  expect_value("achieved, 4000 FLOPs in 200 ns", point.achieved, 20.0,
               {{10.0, "That is with the 90th percentile; take the median."},
                {4.0, "That is with the 99th percentile; take the median."},
                {5.0, "Those are GB/s: achieved counts FLOPs."},
                {0.05, "That is nanoseconds per FLOP."},
                {2e10, "FLOPs per nanosecond are GFLOP/s already."}});
  expect_value("efficiency", point.efficiency, 0.25,
               {{0.2,
                 "Below the ridge the peak is out of reach: compare with this layer's roof, "
                 "attainable."},
                {4.0, "That is the roof over what was reached."},
                {25.0, "A share, not percent."}});
  expect_value<std::int64_t>("memory-bound", point.bound == Bound::kMemory, 1,
                             {{0, "Intensity 4 lies left of the ridge at 5: ask classify()."}});
}

TEST(Place, OfACompletelyDifferentKind) {
  const RooflinePoint point = place("0", {64000, 1000}, taking(800.0), small_machine());
  expect_value("attainable", point.attainable, 100.0);
  expect_value("efficiency", point.efficiency, 0.8);
  expect_value<std::int64_t>("compute-bound", point.bound == Bound::kCompute, 1,
                             {{0, "Intensity 64 lies right of the ridge at 5: ask classify()."}});
}

TEST(Place, AboveTheRoofIsAFinding) {
  RooflinePoint point;
  expect_no_error(
      [&] {
        point = place("1", {4000, 1000}, taking(40.0), small_machine());
      },
      "A layer above the roof has its data in a faster memory than the one measured: "
      "that is worth seeing.");
  expect_value("efficiency", point.efficiency, 1.25,
               {{1.0, "Cut off at 1, nobody would learn that the wrong bandwidth was measured."}});
}

TEST(Place, NeedsEveryMeasurement) {
  expect_error(
      [] {
        (void)place("3", {4000, 1000}, {}, small_machine());
      },
      "median latency: not measured", "Without a time there is no throughput.");
  expect_error(
      [] {
        (void)place("3", {4000, 1000}, taking(200.0), {});
      },
      "not measured", "Without a machine there is no roof.");
}

}  // namespace
}  // namespace tinytorch::profiling
