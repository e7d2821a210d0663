#include "tests/14_profiling/checks.h"
#include "tests/14_profiling/fake_clock.h"
#include "tinytorch/profiling/latency.h"

namespace checks14 {
namespace {

using namespace tinytorch::profiling;  // NOLINT: checks speak of nothing else
using tests14::FakeClock;
using tests14::FakeModel;

constexpr tito::Tolerance kRounding{1e-9, 1e-6};

Values draw_calls(Rng& rng) {
  return Values()
      .add("times", integers(rng, integer(rng, 1, 60), 1, 900))
      .add("warmup, samples, calls",
           Counts{integer(rng, 0, 4), integer(rng, 1, 9), integer(rng, 1, 5)});
}

Values run_calls(const Values& in) {
  const Counts& times = in.get<std::int64_t>("times");
  const Counts& o = in.get<std::int64_t>("warmup, samples, calls");
  FakeClock clock;
  std::size_t calls = 0;
  const auto work = [&] { clock.now += times[calls++ % times.size()]; };
  const TimingOptions options{static_cast<int>(o[0]), static_cast<int>(o[1]),
                              static_cast<int>(o[2])};
  const Doubles samples = time_calls(work, options, clock.clock());
  return Values()
      .add("samples", samples)
      .add("calls, readings", Counts{static_cast<std::int64_t>(calls), clock.reads});
}

Values run_no_ratio(const Values&) {
  return Values().add_int("throws", throws([] { (void)backward_over_forward({}); }));
}

Values draw_training(Rng& rng) {
  return Values().add("forward, backward, first, slow, samples",
                      Counts{integer(rng, 1, 900), integer(rng, 1, 900), integer(rng, 0, 2),
                             integer(rng, 1000, 9000), integer(rng, 1, 12)});
}

Values run_training(const Values& in) {
  const Counts& n = in.get<std::int64_t>("forward, backward, first, slow, samples");
  FakeClock clock;
  FakeModel model{.clock = clock,
                  .forward = n[0],
                  .backward = n[1],
                  .first = static_cast<int>(n[2]),
                  .slow = n[3]};
  const TimingOptions options{.warmup = 1, .samples = static_cast<int>(n[4])};
  const TrainingLatency latency = time_training(std::ref(model), options, clock.clock());
  return Values()
      .add("medians and ratio",
           Doubles{latency.forward.median.value(), latency.backward.median.value(),
                   backward_over_forward(latency)})
      .add("passes, readings", Counts{model.forwards, model.backwards, clock.reads});
}

Values draw_switch(Rng& rng) {
  Doubles before;
  Doubles after;
  for (std::int64_t i = integer(rng, 3, 30); i > 0; --i) before.push_back(real(rng, 60.0f, 66.0f));
  for (std::int64_t i = integer(rng, 3, 30); i > 0; --i) after.push_back(real(rng, 60.0f, 66.0f));
  after[0] += real(rng, 0.0f, 5000.0f);
  after[1] += real(rng, 0.0f, 500.0f);
  return Values().add("before", before).add("after", after);
}

Values run_switch(const Values& in) {
  const SwitchCost cost = switch_cost(in.get<double>("before"), in.get<double>("after"));
  const auto short_before = [] { (void)switch_cost(Doubles{1, 2}, Doubles{1, 2, 3}); };
  const auto short_after = [] { (void)switch_cost(Doubles{1, 2, 3}, Doubles{1, 2}); };
  return Values()
      .add("before, after, once", Doubles{cost.before, cost.after, cost.one_time})
      .add("throws", Counts{throws(short_before), throws(short_after)});
}

}  // namespace

std::vector<Check> latency_checks() {
  return {
      {"14.11", "calls",
       "work whose every call takes another time on a clock that stands still otherwise", kRounding,
       10, draw_calls, run_calls},
      {"14.12",
       "ratio of nothing",
       "medians that nobody measured have no ratio",
       {},
       1,
       draw_training,
       run_no_ratio},
      {"14.12", "training", "any forward, any backward time, up to two slow first steps", kRounding,
       10, draw_training, run_training},
      {"14.13", "switch", "3 to 30 steps on each side, two of them slower at the switch", kRounding,
       10, draw_switch, run_switch},
  };
}

}  // namespace checks14
