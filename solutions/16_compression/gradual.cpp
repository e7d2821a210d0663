// Part 2 of module 16: pruning while training goes on.
#include "tinytorch/compression/gradual.h"

#include <algorithm>

#include "tinytorch/core/require.h"

namespace tinytorch::compression {
// BEGIN SOLUTION 16.3 helper
namespace {

bool is_update(std::int64_t step, const PruningSchedule& s) {
  return step >= s.begin && (step - s.begin) % s.every == 0 &&
         (step - s.begin) / s.every <= s.updates;
}

}  // namespace
// END SOLUTION 16.3

// TASK 16.3
double cubic_sparsity(std::int64_t step, const PruningSchedule& schedule) {
  require_at_least("cubic_sparsity", "step", step, 0);
  require_schedule("cubic_sparsity", schedule);
  // How many updates have happened, as a share of all, decides; between two updates nothing moves.
  // That number is an integer division; the share is not: 1 / 2 is 0 in integers.
  // Try it by hand first: 0 → 0.8, begin 10, every 5, updates 2, step 17: k = 7 / 5 = 1, share 0.5,
  // 0.8 − 0.8 · 0.5³ = 0.7.
  // BEGIN SOLUTION 16.3
  if (step < schedule.begin) return 0.0;
  const std::int64_t done = std::min((step - schedule.begin) / schedule.every, schedule.updates);
  const double left = 1.0 - static_cast<double>(done) / static_cast<double>(schedule.updates);
  return schedule.final + (schedule.initial - schedule.final) * left * left * left;
  // END SOLUTION 16.3
}

void GradualPruner::after_step() {
  // Three lines, in the header's order. An update step is one where (step − begin) is a multiple of
  // `every` and not past the last update.
  // BEGIN SOLUTION 16.3
  if (schedule_ && is_update(steps_, *schedule_)) {
    masks_ = make_masks(weights_, cubic_sparsity(steps_, *schedule_), scope_);
  }
  apply_masks(masks_);
  ++steps_;
  // END SOLUTION 16.3
}

}  // namespace tinytorch::compression
