// Learner tests of part 4: how long it takes. The clock stands still until the work moves it.
#include "tinytorch/profiling/latency.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/14_profiling/fake_clock.h"
#include "tests/support/teach.h"

namespace tinytorch::profiling {
namespace {

using teach::expect_error;
using teach::expect_no_error;
using teach::expect_same;
using teach::expect_value;
using tests14::FakeClock;
using tests14::FakeModel;
using Samples = std::vector<double>;

// Work whose calls take these times, the last one again and again.
struct FakeWork {
  FakeClock& clock;
  std::vector<std::int64_t> times;
  std::size_t calls = 0;
  void operator()() {
    clock.now += times[std::min(calls, times.size() - 1)];
    ++calls;
  }
};

// --- 14.11 time_calls ---

TEST(TimeCalls, WarmsUpBeforeTheFirstSample) {
  FakeClock fake;
  FakeWork work{fake, {1000, 500, 100}};
  const Samples samples = time_calls(std::ref(work), {.warmup = 2, .samples = 3}, fake.clock());
  expect_same<double>(
      "samples", samples, {100, 100, 100},
      {{{1000, 500, 100}, "The first calls were timed: the warm-up calls come before them."},
       {{500, 100, 100}, "One warm-up call is missing."},
       {{100, 200, 300}, "The clock was started once: read it anew before each sample."},
       {{0, 0, 0}, "Nothing happened between the two readings: the calls belong in between."}});
  expect_value<std::int64_t>("calls of work", static_cast<std::int64_t>(work.calls), 5);
}

TEST(TimeCalls, DividesByTheCallsOfASample) {
  FakeClock fake;
  FakeWork work{fake, {10, 15, 30, 31}};
  const TimingOptions options{.warmup = 0, .samples = 2, .calls_per_sample = 2};
  expect_same<double>("samples of two calls", time_calls(std::ref(work), options, fake.clock()),
                      {12.5, 30.5},
                      {{{25, 61}, "Divide by calls_per_sample: a sample is nanoseconds per call."},
                       {{12, 30}, "An integer division has cut off the half nanosecond."},
                       {{5, 7.5}, "Each sample calls work calls_per_sample times."},
                       {{10, 15}, "Each sample calls work calls_per_sample times."}});
}

TEST(TimeCalls, ReadsTheClockTwiceASample) {
  FakeClock fake;
  FakeWork work{fake, {50}};
  const TimingOptions options{.warmup = 2, .samples = 3, .calls_per_sample = 4};
  (void)time_calls(std::ref(work), options, fake.clock());
  expect_value<std::int64_t>(
      "readings of the clock", fake.reads, 6,
      {{24,
        "Read around all calls of a sample: reading costs time itself, and calls shorter than "
        "it would drown in it."},
       {28, "Warm-up calls are not timed."},
       {10, "Warm-up calls are not timed."},
       {4, "Begin and end of each sample are read anew."}});
  expect_value<std::int64_t>("calls of work", static_cast<std::int64_t>(work.calls), 14,
                             {{12, "The warm-up calls are missing."},
                              {5, "Each sample calls work calls_per_sample times."}});
}

TEST(TimeCalls, KeepsTheOrderOfTheSamples) {
  FakeClock fake;
  FakeWork work{fake, {30, 10, 20}};
  expect_same<double>("samples",
                      time_calls(std::ref(work), {.warmup = 0, .samples = 3}, fake.clock()),
                      {30, 10, 20},
                      {{{10, 20, 30},
                        "Sorted samples no longer tell what came first: a drift or a switch "
                        "would be invisible."}});
}

// --- 14.12 time_training and backward_over_forward ---

TEST(TimeTraining, TimesBothPassesApart) {
  FakeClock fake;
  FakeModel model{fake};
  TrainingLatency latency;
  expect_no_error(
      [&] { latency = time_training(std::ref(model), {.warmup = 1, .samples = 5}, fake.clock()); },
      "A step is: clock, forward(), clock, backward(), clock. The middle reading tells the passes "
      "apart; backward() frees the graph it walks, so every step makes its own loss.");
  expect_value("median forward", latency.forward.median.value(), 100.0,
               {{400.0, "That is forward and backward together: read the clock in between."},
                {300.0, "That is the backward pass."}});
  expect_value("median backward", latency.backward.median.value(), 300.0,
               {{400.0, "That is forward and backward together: start at the middle reading."},
                {200.0, "Twice the forward pass was assumed; measure it."},
                {100.0, "That is the forward pass."}});
}

TEST(TimeTraining, WarmsUpTheBackwardPassToo) {
  FakeClock fake;
  FakeModel model{.clock = fake, .first = 1, .slow = 9000};
  const TrainingLatency latency =
      time_training(std::ref(model), {.warmup = 1, .samples = 1}, fake.clock());
  expect_value("forward of the only sample", latency.forward.median.value(), 100.0,
               {{9100.0, "The first forward pass was timed: warm up before the samples."}});
  expect_value("backward of the only sample", latency.backward.median.value(), 300.0,
               {{9300.0,
                 "The first backward pass was timed: a warm-up step runs forward().backward(), "
                 "since the first backward allocates every gradient."}});
}

TEST(TimeTraining, MakesTheLossAnewForEachBackward) {
  FakeClock fake;
  FakeModel model{fake};
  expect_no_error(
      [&] { (void)time_training(std::ref(model), {.warmup = 2, .samples = 3}, fake.clock()); },
      "backward() frees the graph it walks: each one needs a forward() of its own.");
  expect_value<std::int64_t>("forward passes", model.forwards, 5);
  expect_value<std::int64_t>("backward passes", model.backwards, 5);
  expect_value<std::int64_t>("readings of the clock", fake.reads, 9,
                             {{12,
                               "Three readings a step suffice: one ends the forward pass and "
                               "begins the backward pass."}});
}

TEST(TimeTraining, TheRatioComesFromTheMedians) {
  TrainingLatency latency;
  latency.forward.median.set(100.0);
  latency.backward.median.set(250.0);
  expect_value("backward over forward", backward_over_forward(latency), 2.5,
               {{2.0, "Twice the forward pass is what FLOPs suggest; say what was measured."},
                {0.4, "That is forward over backward."},
                {3.5, "That is the whole step over the forward pass."}});
  expect_error([] { (void)backward_over_forward({}); }, "not measured",
               "Without a measurement there is no ratio, not even 2.");
}

// --- 14.13 switch_cost ---

void expect_switch(const std::string& what, const SwitchCost& got, const SwitchCost& expected,
                   const std::vector<std::pair<SwitchCost, std::string>>& suspicions = {},
                   const teach::Location& where = teach::Location::current()) {
  if (got == expected) return;
  const auto show = [](const SwitchCost& c) {
    return teach::show(c.before) + " before, " + teach::show(c.after) + " after, " +
           teach::show(c.one_time) + " once";
  };
  std::string message = what + ": " + show(got) + "\nexpected " + show(expected);
  for (const auto& [cost, says] : suspicions) {
    if (got == cost) message += "\n" + says;
  }
  teach::report(where, message);
}

TEST(SwitchCost, TellsTheSwitchFromTheStepsAfterIt) {
  expect_switch(
      "before {10, 10, 10}, after {100, 11, 11, 11}",
      switch_cost(Samples{10, 10, 10}, Samples{100, 11, 11, 11}), {10, 11, 89},
      {{{10, 33.25, 0},
        "An average over the steps after the switch takes its one-time cost for slower steps: "
        "take the median."},
       {{10, 11, 100}, "The slow step did its own 11 of work too: take those off."},
       {{10, 11, 133}, "Those are all steps after the switch; take off what they cost anyway."},
       {{10, 11, 93}, "Compare with the steady step after the switch, not the one before it."},
       {{10, 100, -267}, "The first step after the switch is the one that is not steady."},
       {{10, 11, 0}, "The one-time cost was looked for in the medians; only the sum holds it."}});
}

TEST(SwitchCost, TheCostMaySpreadOverSeveralSteps) {
  expect_switch("after {50, 40, 11, 11, 11, 11, 11}",
                switch_cost(Samples{10, 10, 10}, Samples{50, 40, 11, 11, 11, 11, 11}), {10, 11, 68},
                {{{10, 11, 39},
                  "The second step was slow as well: add up all steps, and take off "
                  "what steady ones would have cost."}});
}

TEST(SwitchCost, ARunningAverageWouldHaveHiddenIt) {
  // A training log said "64 ms a step before, 77 after". The steps themselves say otherwise.
  Samples after(6500, 64.5);
  after.front() += 81250.0;
  const double average =
      std::accumulate(after.begin(), after.end(), 0.0) / static_cast<double>(after.size());
  EXPECT_EQ(average, 77.0);
  expect_switch("6500 steps of 64.5 ms, one of which took 81250 more",
                switch_cost(Samples(1000, 64.5), after), {64.5, 64.5, 81250},
                {{{64.5, 77.0, 0},
                  "77 is the average that the log printed: the steps after the switch are not "
                  "slower at all."}});
}

TEST(SwitchCost, NoSwitchCostsNothing) {
  expect_switch("the same steps on both sides", switch_cost(Samples{7, 7, 7}, Samples{7, 7, 7}),
                {7, 7, 0});
}

}  // namespace
}  // namespace tinytorch::profiling
