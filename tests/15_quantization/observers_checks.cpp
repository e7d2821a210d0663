#include <limits>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

// Batches one after the other, their lengths beside them; some empty.
Values draw_batches(Rng& rng) {
  Floats x;
  Sums lengths;
  const float centre = rng.uniform(-5.0f, 5.0f);
  for (std::int64_t batch = integer(rng, 2, 6); batch > 0; --batch) {
    const std::int64_t length = integer(rng, 0, 3) == 0 && !x.empty() ? 0 : integer(rng, 1, 30);
    for (const float value : normals(rng, length, rng.uniform(0.1f, 2.0f)))
      x.push_back(centre + value);
    lengths.push_back(static_cast<std::int32_t>(length));
  }
  return Values()
      .add("x", x)
      .add("lengths", lengths)
      .add_float("momentum", rng.uniform(0.05f, 1.0f));
}

Values watch(Observer& observer, const Values& in) {
  std::span<const float> rest = in.get<float>("x");
  Floats ends;
  for (const std::int32_t length : in.get<std::int32_t>("lengths")) {
    observer.observe(rest.first(static_cast<std::size_t>(length)));
    rest = rest.subspan(static_cast<std::size_t>(length));
    ends.push_back(observer.range().min);
    ends.push_back(observer.range().max);
  }
  return Values().add("range after each batch", ends);
}

// A good batch, then one with a bad value somewhere: it must throw and change nothing.
Values draw_bad_batch(Rng& rng) {
  Floats bad = normals(rng, 20, 9.0f);
  bad[static_cast<std::size_t>(integer(rng, 0, 19))] = integer(rng, 0, 1) == 0
                                                           ? std::numeric_limits<float>::quiet_NaN()
                                                           : std::numeric_limits<float>::infinity();
  return Values().add("good", normals(rng, 10, 1.0f)).add("bad", bad);
}

Values run_bad_batch(const Values& in) {
  MinMaxObserver observer;
  const Values unseen = or_error([&] { return Values().add_float("min", observer.range().min); });
  observer.observe(in.get<float>("good"));
  const Values refused = or_error([&] {
    observer.observe(in.get<float>("bad"));
    return Values().add_int("accepted", 1);
  });
  return Values()
      .add("before any batch", unseen.entries().front().name)
      .add("bad batch", refused.entries().front().name)
      .add("range", Floats{observer.range().min, observer.range().max});
}

Values draw_quantile(Rng& rng) {
  const double qs[] = {0.0, 1.0, 0.5, 0.999, 0.9999984, static_cast<double>(rng.uniform())};
  Floats x = normals(rng, integer(rng, 1, 3000), 2.0f);
  for (float& value : x) {
    if (integer(rng, 0, 3) == 0) value = static_cast<float>(integer(rng, -2, 2));  // duplicates
  }
  return Values().add("x", x).add("q", std::vector<double>{qs[integer(rng, 0, 5)]});
}

Values draw_histogram(Rng& rng) {
  Floats x = normals(rng, 2000, rng.uniform(0.1f, 3.0f));
  for (std::int64_t outliers = integer(rng, 0, 4); outliers > 0; --outliers) {
    x.push_back(rng.uniform(-40.0f, 40.0f));
  }
  return Values().add("x", x).add_int("bits", integer(rng, 3, 8));
}

}  // namespace

std::vector<Check> observers_checks() {
  return {
      {"15.6",
       "min-max",
       "2 to 6 batches of up to 30 values, some empty, not always around 0",
       {},
       8,
       draw_batches,
       [](const Values& in) {
         MinMaxObserver observer;
         return watch(observer, in);
       }},
      {"15.6",
       "refuses",
       "a batch with one NaN or infinity throws and changes nothing",
       {},
       6,
       draw_bad_batch,
       run_bad_batch},
      {"15.7",
       "moving average",
       "the same batches, momentum in [0.05, 1]",
       {1e-6, 1e-6},
       8,
       draw_batches,
       [](const Values& in) {
         MovingAverageObserver observer(in.get_float("momentum"));
         return watch(observer, in);
       }},
      {"15.8",
       "quantile",
       "up to 3000 values with duplicates, q at the ends and between",
       {},
       16,
       draw_quantile,
       [](const Values& in) {
         return Values().add_float("quantile",
                                   quantile_top_k(in.get<float>("x"), in.get<double>("q").front()));
       }},
      {"15.9",
       "histogram",
       "2000 normal values with up to 4 outliers, 3 to 8 bits",
       {},
       6,
       draw_histogram,
       [](const Values& in) {
         HistogramObserver observer(full_range(static_cast<int>(in.get_int("bits"))));
         observer.observe(in.get<float>("x"));
         const Range range = observer.range();
         return Values().add("range", Floats{range.min, range.max});
       }},
  };
}

}  // namespace checks15
