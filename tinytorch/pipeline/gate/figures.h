#pragma once
// Figures as people read them: in four digits.

#include <cstdint>
#include <string>

namespace tinytorch::pipeline {

// Four significant digits: "0.001234", "1.5", "12340", "infinite", "none" for NaN.
std::string figure(double value);
// A share of nanoseconds as microseconds or milliseconds: "4.71 µs", "47.1 ms".
std::string microseconds(double nanoseconds);
// "337920" with spaces between thousands: "337 920".
std::string grouped(std::int64_t number);

}  // namespace tinytorch::pipeline
