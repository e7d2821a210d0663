#pragma once
// Which of several ways is the fastest here? Measure, and remember.
// You write this part: autotune.cpp (acceleration module).
//
// Block sizes that suit one machine and one matrix do not suit the next. An autotuner runs the
// candidates against each other once and keeps the winner (Whaley & Dongarra, "Automatically tuned
// linear algebra software", 1998).

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace tinytorch::kernels {

// One way of doing the work.
struct Candidate {
  std::string name;
  std::function<double()> seconds;  // does it once and says how long that took
};

// Runs the candidate once and returns its seconds. Throws Error naming the candidate when its time
// is negative or not finite: a broken clock must not choose. Given.
double timed(const Candidate& candidate);

struct Choice {
  std::size_t index = 0;  // of the winner
  double seconds = 0.0;   // its best time
  int runs = 0;           // of all candidates together, warm-up included
};

// A candidate leaves the race when its best time so far is more than this many times the best of
// all.
inline constexpr double kHopeless = 1.5;

// Task: Runs a race and returns the winner.
//   1. Warm-up: every candidate once, in order; the times are not kept, since the first run pays
//      for cold caches.
//   2. `rounds` rounds: every candidate still in the race once, in order, so that a slow moment of
//      the machine meets all alike. Of its times a candidate keeps the smallest: whatever disturbs
//      a measurement makes it longer.
//   3. After each round, those beyond kHopeless leave.
// The winner has the smallest time; among equals the first. A single candidate wins without being
// run. Given lines refuse a race without candidates or without rounds.
Choice fastest(std::span<const Candidate> candidates, int rounds);

class Tuner {
 public:
  explicit Tuner(int rounds) : rounds_(rounds) {}

  // Task: The winner for `key` ("512x512x512"): the race is run the first time the key is
  // seen, later calls return what was found without running anything. A race that throws leaves
  // nothing behind. Throws Error when the number of candidates differs from the first time's.
  const Choice& choose(const std::string& key, std::span<const Candidate> candidates);

 private:
  struct Known {
    Choice choice;
    std::size_t candidates = 0;
  };
  int rounds_;
  std::map<std::string, Known> known_;
};

}  // namespace tinytorch::kernels
