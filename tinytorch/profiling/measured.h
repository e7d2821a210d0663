#pragma once
// Numbers that were measured, and what to say of many of them.
// You write this part: measured.cpp (profiling module).
//
// A profile full of zeros looks like a profile. So a number that was not measured is not 0 here:
// reading it is an Error.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tinytorch::profiling {

// Task: A positive number, or the fact that it was not measured yet.
class Measured {
 public:
  // `what` is for the error: "memory bandwidth".
  explicit Measured(std::string what) : what_(std::move(what)) {}

  // Throws Error naming what() and the value unless it is finite and > 0, and then keeps what it
  // held before. A time of 0 says that the clock is too coarse, not that the work was free.
  void set(double value);
  // Throws Error "memory bandwidth: not measured; …" before the first set().
  double value() const;
  bool measured() const;
  const std::string& what() const { return what_; }

 private:
  std::string what_;
  std::optional<double> value_;
};

// Throws Error on no samples, or naming one that is not finite. Given (measured_guards.cpp).
void require_samples(std::string_view operation, std::span<const double> samples);

// Task: The middle of the sorted samples, or the mean of the middle two.
// Example: {9, 1, 2} → 2; {4, 1, 9, 2} → 3. A given line refuses what require_samples() refuses.
double median(std::span<const double> samples);

// Task: The p-th percentile by nearest rank, 0 < p <= 100: the smallest sample such that at
// least p percent of all are not larger. With the samples sorted ascending and ranks from 1:
//   rank = ceil(p · n / 100)   in double, in this order; 1 where that underflows to 0
// Example: {10, 20, 30, 40}, p = 50 → rank 2, 20; p = 51 → rank 3, 30; p = 100 → 40.
// Nothing is interpolated: each percentile is a time that really occurred.
// Given lines refuse a p outside, and what require_samples() refuses.
double percentile(std::span<const double> samples, double p);

// Nanoseconds per call.
struct Latency {
  std::int64_t samples = 0;
  Measured median{"median latency"};
  Measured p90{"90th percentile of the latency"};
  Measured p99{"99th percentile of the latency"};
};

// Task: median always; p90 only from 10 samples on, p99 only from 100 on: with fewer, the
// nearest rank is just the largest sample, and the tail has not been measured.
// Throws Error on no samples.
Latency summarize(std::span<const double> nanoseconds);

}  // namespace tinytorch::profiling
