#pragma once
// How the judge's checks of every module draw their inputs and report what was refused.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tito/worker/check.h"

namespace checks {

// A whole number from low to high, both included.
inline std::int64_t integer(tinytorch::Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
}

inline std::vector<float> normals(tinytorch::Rng& rng, std::int64_t count, float stddev) {
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = rng.normal(0.0f, stddev);
  return x;
}

// Whether `action` throws an Error. NotImplemented passes through.
inline bool throws(const std::function<void()>& action) {
  try {
    action();
  } catch (const tinytorch::NotImplemented&) {
    throw;
  } catch (const tinytorch::Error&) {
    return true;
  }
  return false;
}

// "Error" when `action` throws one, "fine" otherwise.
inline std::string outcome_of(const std::function<void()>& action) {
  return throws(action) ? "Error" : "fine";
}

// The result of `action`, or the text "Error" when it throws one. NotImplemented passes through.
inline tito::Values or_error(const std::function<tito::Values()>& action) {
  tito::Values result;
  if (throws([&] { result = action(); })) {
    return tito::Values().add("thrown", std::string("Error"));
  }
  return result;
}

}  // namespace checks
