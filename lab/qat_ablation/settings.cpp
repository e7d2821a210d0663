#include "lab/qat_ablation/settings.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::lab {

Settings smoke_settings() {
  Settings settings;
  settings.name = "smoke";
  settings.plan = {.model = {.vocab_size = 256,
                             .context_length = 16,
                             .num_layers = 1,
                             .num_heads = 2,
                             .embed_dim = 32},
                   .batch = 4,
                   .steps = 24,
                   .warmup = 2,
                   .warmdown = 4,
                   .rate = 3e-3f};
  settings.late_start = 16;
  settings.stride = 8;
  settings.validation_bytes = 512;
  settings.timing_rounds = 12;
  settings.seeds = 2;
  return settings;
}

Settings settings_of(std::int64_t steps) {
  if (steps < 20) throw Error(concat("qat-ablation: --steps must be at least 20, got ", steps));
  Settings settings;
  if (steps == settings.plan.steps) return settings;
  settings.name = concat(steps, " steps");
  settings.plan.steps = steps;
  settings.plan.warmup = std::min(settings.plan.warmup, steps / 10);
  settings.plan.warmdown = steps / 5;
  settings.late_start = steps * 3 / 4;
  return settings;
}

std::string fingerprint(const Settings& settings) {
  const auto& plan = settings.plan;
  return concat(
      plan.model.num_layers, " layers, ", plan.model.embed_dim, " wide, ", plan.model.num_heads,
      " heads, context ", plan.model.context_length, ", batches of ", plan.batch, ", ", plan.steps,
      " steps (warm-up ", plan.warmup, ", warm-down ", plan.warmdown, "), rate ", plan.rate,
      ", late start at ", settings.late_start, ", stride ", settings.stride, ", extras at ",
      settings.extras_bits, " bits",
      settings.validation_bytes > 0 ? concat(", ", settings.validation_bytes, " validation bytes")
                                    : std::string());
}

}  // namespace tinytorch::lab
