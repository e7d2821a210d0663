#pragma once
// How the milestones measure time.

#include <cstdint>
#include <functional>

namespace tinytorch::milestones {

// Microseconds per sample of `run`, which handles `batch` of them: the median of 15 timings of
// about 2 ms each, after one call that is not counted.
double time_per_sample(const std::function<void()>& run, std::int64_t batch);

}  // namespace tinytorch::milestones
