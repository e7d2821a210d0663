#include "milestones/timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace tinytorch::milestones {

double time_per_sample(const std::function<void()>& run, std::int64_t batch) {
  using Clock = std::chrono::steady_clock;
  run();
  std::vector<double> timings;
  for (int repetition = 0; repetition < 15; ++repetition) {
    const auto begin = Clock::now();
    std::int64_t calls = 0;
    double elapsed = 0.0;
    while (elapsed < 2e-3) {
      run();
      ++calls;
      elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    timings.push_back(1e6 * elapsed / static_cast<double>(calls * batch));
  }
  std::nth_element(timings.begin(), timings.begin() + 7, timings.end());
  return timings[7];
}

}  // namespace tinytorch::milestones
