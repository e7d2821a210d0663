#include <limits>

#include "tests/14_profiling/checks.h"
#include "tinytorch/profiling/roofline.h"

namespace checks14 {
namespace {

using namespace tinytorch::profiling;  // NOLINT: checks speak of nothing else

constexpr tito::Tolerance kRounding{1e-9, 1e-12};

Values draw_roof(Rng& rng) {
  return Values()
      .add("flops, bytes", integers(rng, 2, 1, 2'000'000))
      .add("peak, bandwidth", Doubles{real(rng, 10.0f, 300.0f), real(rng, 5.0f, 150.0f)})
      .add("median", Doubles{real(rng, 100.0f, 1e6f)});
}

Machine machine_of(const Values& in) {
  Machine machine;
  machine.peak.set(in.get<double>("peak, bandwidth")[0]);
  machine.bandwidth.set(in.get<double>("peak, bandwidth")[1]);
  return machine;
}

Cost cost_of(const Values& in) {
  const Counts& counts = in.get<std::int64_t>("flops, bytes");
  return {counts[0], counts[1]};
}

Values run_roof(const Values& in) {
  const Machine machine = machine_of(in);
  const double x = intensity(cost_of(in));
  return Values()
      .add("intensity, roof, ridge", Doubles{x, attainable(machine, x), ridge_point(machine)})
      .add_int("memory-bound", std::int64_t{classify(machine, x) == Bound::kMemory});
}

// Whole numbers, so that a layer can lie exactly on the ridge.
Values draw_edge(Rng& rng) { return Values().add("ridge, bandwidth", integers(rng, 2, 1, 40)); }

Values run_edge(const Values& in) {
  const auto ridge = static_cast<double>(in.get<std::int64_t>("ridge, bandwidth")[0]);
  const auto bandwidth = static_cast<double>(in.get<std::int64_t>("ridge, bandwidth")[1]);
  Machine machine;
  Counts thrown = {throws([&] { (void)attainable(machine, ridge); }),
                   throws([&] { (void)classify(machine, ridge); }),
                   throws([&] { (void)ridge_point(machine); })};
  machine.peak.set(ridge * bandwidth);
  thrown.push_back(throws([&] { (void)attainable(machine, ridge); }));
  machine.bandwidth.set(bandwidth);
  return Values()
      .add("throws", thrown)
      .add_int("memory-bound on the ridge",
               std::int64_t{classify(machine, ridge) == Bound::kMemory});
}

Values run_bad_place(const Values& in) {
  Latency latency;
  const Machine machine = machine_of(in);
  Counts thrown = {throws([&] { (void)place("layer", cost_of(in), latency, machine); })};
  latency.median.set(in.get<double>("median").front());
  thrown.push_back(throws([&] { (void)place("layer", cost_of(in), latency, Machine{}); }));
  return Values().add("throws", thrown);
}

Values run_place(const Values& in) {
  Latency latency;
  latency.median.set(in.get<double>("median").front());
  latency.p90.set(2.0 * latency.median.value());
  const RooflinePoint point = place("layer", cost_of(in), latency, machine_of(in));
  return Values()
      .add("name", point.name)
      .add("numbers", Doubles{point.intensity, point.attainable, point.achieved, point.efficiency})
      .add_int("memory-bound", std::int64_t{point.bound == Bound::kMemory});
}

}  // namespace

std::vector<Check> roofline_checks() {
  return {
      {"14.14", "roof", "any machine, layers on both sides of its ridge", kRounding, 10, draw_roof,
       run_roof},
      {"14.14",
       "edges of the roof",
       "the ridge itself; what was not measured is an Error",
       {},
       4,
       draw_edge,
       run_edge},
      {"14.15", "place needs both", "no latency, no machine", {}, 2, draw_roof, run_bad_place},
      {"14.15", "place", "any machine, any layer, efficiencies above 1 among them", kRounding, 10,
       draw_roof, run_place},
  };
}

}  // namespace checks14
