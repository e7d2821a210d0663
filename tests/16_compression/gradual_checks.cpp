#include "tests/16_compression/checks.h"
#include "tinytorch/compression/gradual.h"

namespace checks16 {
namespace {

using namespace tinytorch::compression;  // NOLINT: checks speak of nothing else

Values draw_schedule(Rng& rng) {
  const float final = rng.uniform(0.1f, 0.95f);
  return Values()
      .add_float("initial", integer(rng, 0, 1) == 0 ? 0.0f : rng.uniform(0.0f, final))
      .add_float("final", final)
      .add_int("begin", integer(rng, 0, 6))
      .add_int("every", integer(rng, 1, 4))
      .add_int("updates", integer(rng, 1, 5));
}

PruningSchedule schedule_of(const Values& in) {
  return {static_cast<double>(in.get_float("initial")), static_cast<double>(in.get_float("final")),
          in.get_int("begin"), in.get_int("every"), in.get_int("updates")};
}

Values run_schedule(const Values& in) {
  std::vector<double> curve;
  for (std::int64_t step = 0; step < 32; ++step) {
    curve.push_back(cubic_sparsity(step, schedule_of(in)));
  }
  return Values().add("sparsity", curve);
}

Values draw_run(Rng& rng) {
  return draw_schedule(rng)
      .add("weights", normals(rng, 40, 1.0f))
      .add("steps", normals(rng, 40 * 30, 0.3f))
      .add_int("fixed", integer(rng, 0, 3) == 0 ? 1 : 0);
}

GradualPruner make_pruner(const Values& in, const Tensor& weight) {
  if (in.get_int("fixed") != 1) return {{{"w", weight}}, schedule_of(in), Scope::kPerLayer};
  Mask fixed(40, 1);
  for (std::size_t i = 0; i < fixed.size(); i += 3) fixed[i] = 0;
  return GradualPruner(std::vector<MaskedWeight>{{"w", weight, fixed}});
}

// 30 steps that move every weight, pruned or not; what is left after each.
Values run_pruner(const Values& in) {
  Tensor weight(Shape{4, 10}, in.get<float>("weights"));
  GradualPruner pruner = make_pruner(in, weight);
  Floats seen;
  for (std::size_t step = 0; step < 30; ++step) {
    for (std::size_t i = 0; i < 40; ++i) weight.data()[i] += in.get<float>("steps")[step * 40 + i];
    pruner.after_step();
    const Floats now = values_of(weight);
    seen.insert(seen.end(), now.begin(), now.end());
  }
  return Values().add("weights", seen).add_int("steps", pruner.steps());
}

}  // namespace

std::vector<Check> gradual_checks() {
  return {
      {"16.3",
       "sparsity",
       "steps 0 to 31 of schedules with up to 5 updates",
       {1e-12, 1e-12},
       10,
       draw_schedule,
       run_schedule},
      {"16.3",
       "pruner",
       "30 steps of an optimizer that moves all of 40 weights, on a schedule or with fixed masks",
       {},
       10,
       draw_run,
       run_pruner},
  };
}

}  // namespace checks16
