// Learning rate schedules. The contract is tinytorch/optim/schedule.h.
#include "tinytorch/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tinytorch/core/error.h"

namespace tinytorch::optim {

// --- 06.6 Warm-up and cosine ---

// 1. Throw on what the header says: "cosine_with_warmup: step -1, warm-up 5 of 4 steps".
// 2. Warm-up: the first step already moves, peak/warmup and not 0.
// 3. After it, the formula of the header; beyond total_steps progress stays 1 and the rate at
// floor.
//   peak 1, floor 0, warm-up 2 of 6 steps: 0.5, 1, 1, 0.8535534, 0.5, 0.1464466, 0, 0, …
float cosine_with_warmup(std::int64_t step, const CosineOptions& options) {
  // BEGIN SOLUTION 06.6
  const std::int64_t warmup = options.warmup_steps;
  if (step < 0 || warmup < 0 || warmup >= options.total_steps) {
    throw Error(concat("cosine_with_warmup: step ", step, ", warm-up ", warmup, " of ",
                       options.total_steps, " steps"));
  }
  if (step < warmup) {
    const double risen = static_cast<double>(options.peak) * static_cast<double>(step + 1);
    return static_cast<float>(risen / static_cast<double>(warmup));
  }
  const double progress = std::min(
      1.0, static_cast<double>(step - warmup) / static_cast<double>(options.total_steps - warmup));
  const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
  const auto floor = static_cast<double>(options.floor);
  return static_cast<float>(floor + (static_cast<double>(options.peak) - floor) * wave);
  // END SOLUTION 06.6
}

}  // namespace tinytorch::optim
