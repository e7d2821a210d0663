#include "tinytorch/profiling/clock.h"

#include <chrono>

namespace tinytorch::profiling {

std::int64_t steady_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace tinytorch::profiling
