#pragma once
// A seeded random generator with the same stream on every platform and compiler.
//
// The standard library's engines are portable but its distributions are not, so both live here.
// Engine: xoshiro256** (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021),
// its state filled from the seed by splitmix64.

#include <array>
#include <cstdint>
#include <span>

namespace tinytorch {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  std::uint64_t next_u64();

  // Uniform in [0, 1): the top 24 bits, so every value is exact in float.
  float uniform();
  // Uniform in [low, high). Requires low <= high.
  float uniform(float low, float high);
  // Uniform integer in [0, bound), without modulo bias. Throws Error when bound is 0.
  std::uint64_t below(std::uint64_t bound);
  // Normal deviate, Box-Muller in double, rounded once to float.
  float normal(float mean = 0.0f, float stddev = 1.0f);
  // Fisher-Yates, last element first.
  void shuffle(std::span<std::int64_t> items);

  // The whole state, for checkpoints: restoring it continues the same stream.
  struct State {
    std::array<std::uint64_t, 4> words{};
    bool has_spare = false;
    double spare = 0.0;
  };
  State state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  State state_;
};

// The generator that layers and random tensors draw from where none is given: one for the whole
// program, seeded with 0 at its start, so that a program that never seeds gives the same numbers at
// every run (PyTorch draws a new seed at every start). Not for several threads at once: give each
// of those an Rng of its own.
Rng& default_rng();
// Starts default_rng() anew: the layers that follow have the values that this seed gives.
void manual_seed(std::uint64_t seed);

}  // namespace tinytorch
