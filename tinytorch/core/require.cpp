#include "tinytorch/core/require.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch {
namespace {

// A float as a float prints it (0.1, not 0.10000000149011612), a double as a double.
std::string shortest(double value) {
  const auto narrow = static_cast<float>(value);
  return static_cast<double>(narrow) == value ? concat(narrow) : concat(value);
}

}  // namespace

void require_same_size(std::string_view operation, std::size_t a, std::size_t b) {
  if (a != b) throw Error(concat(operation, ": sizes must be equal, got ", a, " and ", b));
}

void require_count(std::string_view operation, std::string_view what, std::size_t count,
                   std::size_t expected) {
  if (count != expected)
    throw Error(concat(operation, ": ", what, " must be ", expected, ", got ", count));
}

void require_not_empty(std::string_view operation, std::string_view what, std::size_t size) {
  if (size == 0) throw Error(concat(operation, ": ", what, " must not be empty"));
}

void require_divides(std::string_view operation, std::string_view what, std::size_t size,
                     std::string_view parts, std::int64_t count) {
  if (size > 0 && count >= 1 && size % static_cast<std::size_t>(count) == 0) return;
  throw Error(
      concat(operation, ": ", size, " ", what, " must divide evenly into ", count, " ", parts));
}

void require_at_least(std::string_view operation, std::string_view what, std::int64_t value,
                      std::int64_t low) {
  if (value < low)
    throw Error(concat(operation, ": ", what, " must be at least ", low, ", got ", value));
}

void require_between(std::string_view operation, std::string_view what, std::int64_t value,
                     std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return;
  throw Error(concat(operation, ": ", what, " must be from ", low, " to ", high, ", got ", value));
}

void require_within(std::string_view operation, std::string_view what, double value, double low,
                    double high) {
  if (value >= low && value <= high) return;
  throw Error(concat(operation, ": ", what, " must be from ", shortest(low), " to ", shortest(high),
                     ", got ", shortest(value)));
}

void require_positive(std::string_view operation, std::string_view what, double value) {
  if (std::isfinite(value) && value > 0.0) return;
  throw Error(concat(operation, ": ", what, " must be positive and finite, got ", shortest(value)));
}

void require_not_negative(std::string_view operation, std::string_view what, double value) {
  if (std::isfinite(value) && value >= 0.0) return;
  throw Error(
      concat(operation, ": ", what, " must be finite and at least 0, got ", shortest(value)));
}

void require_finite(std::string_view operation, std::string_view what, double value) {
  if (std::isfinite(value)) return;
  throw Error(concat(operation, ": ", what, " must be finite, got ", value));
}

void require_finite(std::string_view operation, std::string_view what,
                    std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      throw Error(concat(operation, ": ", what, "[", i, "] must be finite, got ", values[i]));
  }
}

}  // namespace tinytorch
