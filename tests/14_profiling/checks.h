#pragma once
// What the judge's checks of module 14 share: one list a part, and how inputs are drawn.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tito/worker/check.h"

namespace checks14 {

using Counts = std::vector<std::int64_t>;
using Doubles = std::vector<double>;
using tinytorch::Rng;
using tito::Check;
using tito::Values;

std::vector<Check> counting_checks();
std::vector<Check> memory_checks();
std::vector<Check> measured_checks();
std::vector<Check> latency_checks();
std::vector<Check> roofline_checks();

inline std::int64_t integer(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
}

inline double real(Rng& rng, float low, float high) {
  return static_cast<double>(rng.uniform(low, high));
}

inline Counts integers(Rng& rng, std::int64_t count, std::int64_t low, std::int64_t high) {
  Counts x(static_cast<std::size_t>(count));
  for (std::int64_t& value : x) value = integer(rng, low, high);
  return x;
}

// 1 when `action` throws an Error, else 0. NotImplemented passes through.
inline std::int64_t throws(const std::function<void()>& action) {
  try {
    action();
  } catch (const tinytorch::NotImplemented&) {
    throw;
  } catch (const tinytorch::Error&) {
    return 1;
  }
  return 0;
}

}  // namespace checks14
