#include "tinytorch/core/rng.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

std::uint64_t splitmix64(std::uint64_t& x) {
  x += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) {
  for (std::uint64_t& word : state_.words) word = splitmix64(seed);
}

std::uint64_t Rng::next_u64() {
  auto& s = state_.words;
  const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

float Rng::uniform() { return static_cast<float>(next_u64() >> 40) * 0x1p-24f; }

float Rng::uniform(float low, float high) { return low + (high - low) * uniform(); }

std::uint64_t Rng::below(std::uint64_t bound) {
  if (bound == 0) throw Error("rng.below: bound is 0; the range [0, 0) is empty");
  // Reject the low end of the range that would make small results more frequent.
  const std::uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = next_u64();
    if (value >= threshold) return value % bound;
  }
}

float Rng::normal(float mean, float stddev) {
  double z = 0.0;
  if (state_.has_spare) {
    z = state_.spare;
    state_.has_spare = false;
  } else {
    const double u1 = (static_cast<double>(next_u64() >> 11) + 1.0) * 0x1p-53;  // (0, 1]
    const double u2 = static_cast<double>(next_u64() >> 11) * 0x1p-53;
    const double radius = std::sqrt(-2.0 * std::log(u1));
    const double angle = 2.0 * std::numbers::pi * u2;
    z = radius * std::cos(angle);
    state_.spare = radius * std::sin(angle);
    state_.has_spare = true;
  }
  return static_cast<float>(static_cast<double>(mean) + static_cast<double>(stddev) * z);
}

void Rng::shuffle(std::span<std::int64_t> items) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
  }
}

Rng& default_rng() {
  static Rng rng(0);
  return rng;
}

void manual_seed(std::uint64_t seed) { default_rng() = Rng(seed); }

}  // namespace tinytorch
