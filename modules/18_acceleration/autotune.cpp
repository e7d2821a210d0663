// Part 6 of module 18: a race between candidates.
#include "tinytorch/kernels/acceleration/autotune.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::kernels {

// TASK 18.9
Choice fastest(std::span<const Candidate> candidates, int rounds) {
  require_not_empty("fastest", "the list of candidates", candidates.size());
  require_at_least("fastest", "rounds", rounds, 1);
  // timed() runs a candidate once and returns its seconds. Keep a best time for each candidate,
  // infinite at first, and whether it is still in the race.
  // Try it by hand first: times {2, 1, 4} in every round, 3 rounds: warm-up 3 runs, round 1 three
  // runs; 4 > 1.5 · 1 and 2 > 1.5 · 1 leave; rounds 2 and 3 one run each: index 1, 1 second, 8
  // runs.
  throw tinytorch::not_implemented("18.9");
}

const Choice& Tuner::choose(const std::string& key, std::span<const Candidate> candidates) {
  // Look the key up first. Store only what fastest() returned. A known key with another number of
  // candidates is an Error that names the key: throw Error(concat("tuner: ", key, …)).
  // Try it by hand first: "64" twice with the same two candidates: one race, two equal answers.
  throw tinytorch::not_implemented("18.9");
}

}  // namespace tinytorch::kernels
