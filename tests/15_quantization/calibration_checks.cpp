#include <limits>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/arithmetic/calibration.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

Values draw_channels(Rng& rng) {
  const std::int64_t channels = integer(rng, 1, 7);
  const std::int64_t inner = integer(rng, 1, 5);
  const std::int64_t outer = integer(rng, 1, 6);
  Floats x;
  for (std::int64_t k = 0; k < outer * channels * inner; ++k) {
    const auto channel = static_cast<float>(k / inner % channels);
    x.push_back(rng.normal(3.0f * channel - 6.0f, 1.0f));
  }
  return Values()
      .add("x", x)
      .add_int("channels", channels)
      .add_int("inner", inner)
      .add_int("first part", integer(rng, 0, outer) * channels * inner)
      .add_int("bad", integer(rng, 0, outer * channels * inner - 1));
}

Floats ends_of(const PerChannelObserver& observer) {
  Floats ends;
  for (const Range& range : observer.ranges()) {
    ends.push_back(range.min);
    ends.push_back(range.max);
  }
  return ends;
}

Values run_channels(const Values& in) {
  const std::span<const float> x = in.get<float>("x");
  PerChannelObserver whole(in.get_int("channels"));
  whole.observe(x, in.get_int("inner"));
  return Values().add("ranges", ends_of(whole));
}

Values run_halves(const Values& in) {
  const std::span<const float> x = in.get<float>("x");
  const auto part = static_cast<std::size_t>(in.get_int("first part"));
  PerChannelObserver one(in.get_int("channels"));
  PerChannelObserver two(in.get_int("channels"));
  one.observe(x.first(part), in.get_int("inner"));
  two.observe(x.subspan(part), in.get_int("inner"));
  one.merge(two);
  return Values().add("ranges of both", ends_of(one));
}

Values run_bad_channel(const Values& in) {
  Floats bad = in.get<float>("x");
  PerChannelObserver observer(in.get_int("channels"));
  observer.observe(bad, in.get_int("inner"));
  for (float& value : bad) value *= 10.0f;
  bad[static_cast<std::size_t>(in.get_int("bad"))] = std::numeric_limits<float>::quiet_NaN();
  const bool nan = checks::throws([&] { observer.observe(bad, in.get_int("inner")); });
  return Values().add_int("refuses NaN", nan ? 1 : 0).add("ranges", ends_of(observer));
}

Values draw_counts(Rng& rng) {
  std::vector<double> p;
  std::vector<double> q;
  for (std::int64_t i = integer(rng, 1, 40); i >= 0; --i) {
    p.push_back(i > 0 && integer(rng, 0, 3) == 0 ? 0.0 : static_cast<double>(integer(rng, 1, 99)));
    q.push_back(p.back() == 0.0 && integer(rng, 0, 1) == 0
                    ? 0.0
                    : static_cast<double>(integer(rng, 1, 50)));
  }
  return Values().add("p", p).add("q", q);
}

Values draw_histogram(Rng& rng) {
  Floats x = normals(rng, 3000, rng.uniform(0.5f, 2.0f));
  const bool relu = integer(rng, 0, 1) == 0;
  for (float& value : x) value = relu && value < 0.0f ? 0.0f : value;
  for (std::int64_t outliers = integer(rng, 0, 3); outliers > 0; --outliers) {
    x.push_back(rng.uniform(10.0f, 30.0f));
  }
  return Values().add("x", x).add_int("bits", integer(rng, 3, 8));
}

}  // namespace

std::vector<Check> calibration_checks() {
  return {
      {"15.28",
       "per channel",
       "up to 7 channels, 6 outer, 5 inner values, each channel around a centre of its own",
       {},
       10,
       draw_channels,
       run_channels},
      {"15.28",
       "merged halves",
       "the same values split between two observers, one of them empty at times",
       {},
       10,
       draw_channels,
       run_halves},
      {"15.28",
       "per channel refuses",
       "a batch with a NaN throws and changes nothing",
       {},
       6,
       draw_channels,
       run_bad_channel},
      {"15.29",
       "divergence",
       "2 to 41 counts, some of them 0",
       {1e-9, 1e-12},
       10,
       draw_counts,
       [](const Values& in) {
         return Values().add(
             "D", std::vector<double>{kl_divergence(in.get<double>("p"), in.get<double>("q"))});
       }},
      // A candidate's neighbour may cost the same to the last digits: one candidate of a hundred is
      // let pass.
      {"15.29",
       "entropy",
       "3000 normal values, with or without a ReLU, up to 3 outliers, 3 to 8 bits",
       {0.0, 0.35},
       8,
       draw_histogram,
       [](const Values& in) {
         HistogramObserver histogram;
         histogram.observe(in.get<float>("x"));
         const Range range =
             entropy_range(histogram, full_range(static_cast<int>(in.get_int("bits"))));
         return Values().add("range", Floats{range.min, range.max});
       }},
  };
}

}  // namespace checks15
