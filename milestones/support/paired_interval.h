#pragma once
// What a few seeds say about a mean, and about a difference between two ways that share the seeds.

#include <cstddef>
#include <vector>

namespace tinytorch::milestones {

// mean ± half holds the true mean in 95 of 100 such experiments, if what the seeds give is normally
// distributed (Student, 1908).
struct Interval {
  double mean = 0.0;
  double half = 0.0;
  std::size_t count = 0;

  bool below(double value) const { return mean + half < value; }
  bool above(double value) const { return mean - half > value; }
};

// The value that |t| stays below with probability 0.95, for that many degrees of freedom:
// 12.706 for 1, 4.303 for 2, 1.960 in the limit. Throws Error below 1.
double student_t95(std::size_t degrees);

// mean ± t95(n − 1) · s / √n, where s² = Σ (x − mean)² / (n − 1). With a single value `half` is
// infinite. Throws Error on none.
Interval mean_interval(const std::vector<double>& values);

// Of a[i] − b[i]: what the two have in common, seed by seed, drops out. Throws Error when the
// sizes differ.
Interval paired_interval(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace tinytorch::milestones
