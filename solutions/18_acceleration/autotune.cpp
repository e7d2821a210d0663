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
  // BEGIN SOLUTION 18.9
  Choice choice;
  if (candidates.size() == 1) return choice;
  std::vector<double> best(candidates.size(), std::numeric_limits<double>::infinity());
  std::vector<bool> racing(candidates.size(), true);
  for (const Candidate& candidate : candidates) timed(candidate);
  choice.runs = static_cast<int>(candidates.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!racing[i]) continue;
      best[i] = std::min(best[i], timed(candidates[i]));
      ++choice.runs;
    }
    choice.seconds = *std::min_element(best.begin(), best.end());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      racing[i] = racing[i] && best[i] <= kHopeless * choice.seconds;
    }
  }
  const auto winner = std::min_element(best.begin(), best.end());
  choice.index = static_cast<std::size_t>(winner - best.begin());
  return choice;
  // END SOLUTION 18.9
}

const Choice& Tuner::choose(const std::string& key, std::span<const Candidate> candidates) {
  // Look the key up first. Store only what fastest() returned. A known key with another number of
  // candidates is an Error that names the key: throw Error(concat("tuner: ", key, …)).
  // Try it by hand first: "64" twice with the same two candidates: one race, two equal answers.
  // BEGIN SOLUTION 18.9
  const auto known = known_.find(key);
  if (known == known_.end()) {
    const Choice choice = fastest(candidates, rounds_);
    return known_.emplace(key, Known{choice, candidates.size()}).first->second.choice;
  }
  if (known->second.candidates != candidates.size()) {
    throw Error(concat("tuner: ", key, " was chosen among ", known->second.candidates,
                       " candidates, not ", candidates.size()));
  }
  return known->second.choice;
  // END SOLUTION 18.9
}

}  // namespace tinytorch::kernels
