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
  throw tinytorch::not_implemented("06.6");
}

}  // namespace tinytorch::optim
