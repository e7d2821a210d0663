#include <limits>

#include "tests/14_profiling/checks.h"
#include "tinytorch/profiling/measured.h"

namespace checks14 {
namespace {

using namespace tinytorch::profiling;  // NOLINT: checks speak of nothing else

// Some good values, some that are no measurements, in any order.
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

// The Error must say what is missing.
bool names_what(const std::string& what) {
  const Measured number(what);
  try {
    (void)number.value();
  } catch (const tinytorch::NotImplemented&) {
    throw;
  } catch (const tinytorch::Error& error) {
    return std::string(error.what()).find(what) != std::string::npos;
  }
  return false;
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
  outcome.push_back(
      std::int64_t{names_what(tinytorch::concat("quantity ", in.get<double>("values").front()))});
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

// One sample for each percentile: the order of operations shows.
Values draw_hundred(Rng& rng) {
  Doubles samples;
  double sample = 0.0;
  for (int i = 0; i < 100; ++i) samples.push_back(sample += real(rng, 1.0f, 9.0f));
  for (std::size_t i = samples.size() - 1; i > 0; --i) {
    std::swap(samples[i], samples[rng.below(i + 1)]);
  }
  return Values().add("samples", samples);
}

Values run_hundred(const Values& in) {
  Doubles all;
  for (int p = 1; p <= 100; ++p) {
    all.push_back(percentile(in.get<double>("samples"), static_cast<double>(p)));
  }
  return Values().add("percentiles", all);
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
      {"14.9",
       "every percentile",
       "100 different samples, each whole percentile",
       {},
       2,
       draw_hundred,
       run_hundred},
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
