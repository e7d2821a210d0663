#pragma once
// What the judge's checks of module 14 share: one list a part, and how inputs are drawn.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/check_draws.h"

namespace checks14 {

using Counts = std::vector<std::int64_t>;
using Doubles = std::vector<double>;
using checks::integer;
using checks::throws;
using tinytorch::Rng;
using tito::Check;
using tito::Values;

std::vector<Check> counting_checks();
std::vector<Check> memory_checks();
std::vector<Check> measured_checks();
std::vector<Check> latency_checks();
std::vector<Check> roofline_checks();

inline double real(Rng& rng, float low, float high) {
  return static_cast<double>(rng.uniform(low, high));
}

inline Counts integers(Rng& rng, std::int64_t count, std::int64_t low, std::int64_t high) {
  Counts x(static_cast<std::size_t>(count));
  for (std::int64_t& value : x) value = integer(rng, low, high);
  return x;
}

}  // namespace checks14
