#pragma once
// Where time comes from. Given (clock.cpp).
//
// Everything that measures takes a Clock, so that a test can hand in one that stands still until it
// is told otherwise: then a time is a number with one right answer.

#include <cstdint>
#include <functional>

namespace tinytorch::profiling {

// Nanoseconds since some fixed moment; never runs backwards.
using Clock = std::function<std::int64_t()>;

// The machine's own, which no change of date or daylight saving moves.
std::int64_t steady_nanoseconds();

}  // namespace tinytorch::profiling
