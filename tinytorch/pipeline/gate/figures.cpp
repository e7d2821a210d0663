#include "tinytorch/pipeline/gate/figures.h"

#include <cmath>
#include <cstdio>

namespace tinytorch::pipeline {
namespace {

std::string printed(const char* pattern, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, pattern, value);
  return buffer;
}

}  // namespace

std::string figure(double value) {
  if (std::isnan(value)) return "none";
  if (std::isinf(value)) return value > 0.0 ? "infinite" : "-infinite";
  const double size = std::fabs(value);
  return size >= 1e4 && size < 1e15 ? printed("%.0f", value) : printed("%.4g", value);
}

std::string microseconds(double nanoseconds) {
  if (!(std::fabs(nanoseconds) >= 1e6)) return printed("%.3g µs", nanoseconds / 1e3);
  return printed("%.4g ms", nanoseconds / 1e6);
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, "\u202f");
  }
  return digits;
}

}  // namespace tinytorch::pipeline
