#pragma once
// Long sums that keep their digits.
//
// A float total of 2^24 no longer sees a 1 that is added to it, and long before that every addition
// rounds in the same direction. Sums over many values are therefore made in double, in several
// running totals side by side, so that a loop over neighbours still fills a vector register.
// Given.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tinytorch/kernels/reduce.h"

namespace tinytorch::kernels {

// term(0) + … + term(count − 1), in double. The order of summation is fixed by `count` alone.
template <typename Term>
double accumulate(std::size_t count, Term term) {
  constexpr std::size_t kTotals = 16;
  std::array<double, kTotals> totals{};
  const std::size_t whole = count / kTotals * kTotals;
  for (std::size_t i = 0; i < whole; i += kTotals) {
    for (std::size_t t = 0; t < kTotals; ++t) totals[t] += static_cast<double>(term(i + t));
  }
  double sum = 0.0;
  for (const double total : totals) sum += total;
  for (std::size_t i = whole; i < count; ++i) sum += static_cast<double>(term(i));
  return sum;
}

// totals[i] += terms[i].
inline void accumulate_line(std::span<const float> terms, std::span<double> totals) {
  for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += static_cast<double>(terms[i]);
}

// What sum_dim computes (reduce.h), with its bits: eight lines at a time are added to a tile of
// totals that stays in the cache.
void sum_in_tiles(std::span<const float> x, const Block& block, std::span<float> out);

// out[o, i] = (Σ_s x[o, s, i]) / block.size, summed in double and rounded once: a sum beyond the
// largest float still has a mean. Requires block.size >= 1.
void mean_dim(std::span<const float> x, const Block& block, std::span<float> out);

}  // namespace tinytorch::kernels
