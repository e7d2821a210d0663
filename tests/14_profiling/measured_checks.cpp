#include <limits>

#include "tests/14_profiling/checks.h"
#include "tinytorch/profiling/measured.h"

namespace checks14 {
namespace {

using namespace tinytorch::profiling;  // NOLINT: checks speak of nothing else

// Some good values, some that are none, in any order.
Values draw_values(Rng& rng) {
  const double specials[] = {0.0, -1.5, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()};
  Doubles values;
  for (std::int64_t i = integer(rng, 1, 8); i > 0; --i) {
    const bool good = integer(rng, 0, 1) == 1;
    values.push_back(good ? real(rng, 0.1f, 90.0f) : specials[integer(rng, 0, 3)]);
  }
  return Values().add("values", values);
}

Values run_measured(const Values& in) {
  Measured number("number");
  Counts outcome = {std::int64_t{number.measured()}, throws([&] { (void)number.value(); })};
  Doubles held;
  for (const double value : in.get<double>("values")) {
    outcome.push_back(throws([&] { number.set(value); }));
    outcome.push_back(std::int64_t{number.measured()});
    if (number.measured()) held.push_back(number.value());
  }
  return Values().add("refused and measured", outcome).add("held", held);
}

Values draw_samples(Rng& rng) {
  Doubles samples;
  for (std::int64_t i = integer(rng, 1, 150); i > 0; --i) {
    samples.push_back(integer(rng, 0, 9) == 0 ? real(rng, 1e3f, 1e5f)
                                              : static_cast<double>(integer(rng, 50, 90)));
  }
  return Values()
      .add("samples", samples)
      .add("p", Doubles{static_cast<double>(integer(rng, 1, 100))});
}

Values run_percentile(const Values& in) {
  const Doubles& samples = in.get<double>("samples");
  return Values()
      .add("median", Doubles{median(samples)})
      .add("percentile", Doubles{percentile(samples, in.get<double>("p").front())});
}

Values run_summarize(const Values& in) {
  const Latency latency = summarize(in.get<double>("samples"));
  Doubles numbers = {static_cast<double>(latency.samples), latency.median.value()};
  for (const Measured* tail : {&latency.p90, &latency.p99}) {
    numbers.push_back(tail->measured() ? tail->value() : -1.0);
  }
  return Values().add("samples, median, p90, p99", numbers);
}

}  // namespace

std::vector<Check> measured_checks() {
  return {
      {"14.8",
       "measured",
       "up to 8 values, some of which are no measurements",
       {},
       8,
       draw_values,
       run_measured},
      {"14.9",
       "percentile",
       "up to 150 samples with duplicates and outliers, whole percentiles",
       {},
       16,
       draw_samples,
       run_percentile},
      {"14.10",
       "summary",
       "up to 150 samples; a tail without samples stays unmeasured",
       {},
       10,
       draw_samples,
       run_summarize},
  };
}

}  // namespace checks14
