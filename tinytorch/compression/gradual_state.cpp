// What a schedule must be, and what a pruner remembers for checkpoints.
#include <limits>

#include "tinytorch/compression/gradual.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {

void require_schedule(std::string_view operation, const PruningSchedule& schedule) {
  require_at_least(operation, "begin", schedule.begin, 0);
  require_at_least(operation, "every", schedule.every, 1);
  require_at_least(operation, "updates", schedule.updates, 1);
  const auto [initial, final] = std::pair(schedule.initial, schedule.final);
  if (initial >= 0.0 && initial <= final && final < 1.0) return;
  throw Error(concat(operation, ": a schedule must have 0 <= initial <= final < 1, got ", initial,
                     " and ", final));
}

State GradualPruner::state() const {
  State state;
  state.add("steps", steps_);
  for (const MaskedWeight& mask : masks_) {
    state.add("mask." + mask.name, State::Integers(mask.keep.begin(), mask.keep.end()));
  }
  return state;
}

void GradualPruner::load_state(const State& state) {
  const std::int64_t steps = state.integer("steps", 0, std::numeric_limits<std::int64_t>::max());
  // Without a schedule the masks are there; with one, none is before the first update.
  std::vector<nn::NamedTensor> weights = weights_;
  if (!schedule_) {
    for (const MaskedWeight& mask : masks_) weights.emplace_back(mask.name, mask.weight);
  }
  std::vector<MaskedWeight> masks;
  for (const auto& [name, weight] : weights) {
    if (schedule_ && !state.contains("mask." + name)) continue;
    Mask keep;
    for (const std::int64_t bit :
         state.integers("mask." + name, static_cast<std::size_t>(weight.numel()))) {
      if (bit != 0 && bit != 1) {
        throw Error(concat("pruner: the mask of ", name, " holds ", bit, "; expected 0 or 1"));
      }
      keep.push_back(static_cast<std::uint8_t>(bit));
    }
    masks.push_back({name, weight, std::move(keep)});
  }
  if (state.entries().size() != 1 + masks.size()) {
    throw Error(concat("pruner: its state has ", state.entries().size() - 1, " masks, of which ",
                       masks.size(), " belong to its weights"));
  }
  masks_ = std::move(masks);
  steps_ = steps;
}

}  // namespace tinytorch::compression
