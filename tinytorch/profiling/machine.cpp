#include "tinytorch/profiling/machine.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/profiling/fma_peak.h"

namespace tinytorch::profiling {
namespace {

constexpr std::int64_t kPeakRounds = 100'000;        // a fraction of a millisecond
constexpr std::int64_t kBytesPerRound = 64'000'000;  // likewise, from a cache
constexpr std::int64_t kSmallestWorkingSet = 4096;

// The largest amount a nanosecond over some rounds of work() → amount. Rounds that the clock gives
// no time to are passed over.
template <typename Work>
double best_rate(const char* op, Work work, const Clock& clock, int rounds) {
  double best = 0.0;
  for (int round = 0; round < rounds; ++round) {
    const std::int64_t begin = clock();
    const auto amount = static_cast<double>(work());
    const std::int64_t elapsed = clock() - begin;
    if (elapsed > 0) best = std::max(best, amount / static_cast<double>(elapsed));
  }
  if (best <= 0.0) {
    throw Error(concat(op, ": not measured; no time passed in ", rounds, " rounds"));
  }
  return best;
}

// Integers, since a sum of floats may not be reordered and so not be vectorised.
void read_all(const std::vector<std::uint64_t>& words) {
  std::uint64_t sum = std::accumulate(words.begin(), words.end(), std::uint64_t{0});
  // Somebody reads the sum, and the words may change before the next pass.
  asm volatile("" : "+r"(sum) : : "memory");
}

}  // namespace

double measure_peak(const Clock& clock, int rounds) {
  return best_rate(
      "measure_peak", [] { return run_multiply_adds(kPeakRounds); }, clock, rounds);
}

double measure_bandwidth(std::int64_t working_set, const Clock& clock, int rounds) {
  if (working_set < kSmallestWorkingSet) {
    throw Error(concat("measure_bandwidth: a working set of ", working_set,
                       " bytes; expected at least ", kSmallestWorkingSet));
  }
  // Written once: pages that were never touched would all be the same page of zeros.
  const std::vector<std::uint64_t> words(static_cast<std::size_t>(working_set / 8), 1);
  const auto bytes = static_cast<std::int64_t>(words.size() * sizeof(std::uint64_t));
  const std::int64_t passes = std::max<std::int64_t>(1, kBytesPerRound / bytes);
  const auto read = [&] {
    for (std::int64_t pass = 0; pass < passes; ++pass) read_all(words);
    return passes * bytes;
  };
  return best_rate("measure_bandwidth", read, clock, rounds);
}

Machine measure_machine(std::int64_t working_set, const Clock& clock) {
  Machine machine;
  machine.peak.set(measure_peak(clock));
  machine.bandwidth.set(measure_bandwidth(working_set, clock));
  return machine;
}

}  // namespace tinytorch::profiling
