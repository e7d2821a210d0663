#include "lab/qat_ablation/row_clips.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tinytorch/quantization/arithmetic/golf_rows.h"
#include "tinytorch/quantization/arithmetic/observers.h"

namespace tinytorch::lab {
namespace {

// In memory that is kept from row to row.
std::vector<float>& magnitudes(std::span<const float> row) {
  thread_local std::vector<float> result;
  result.resize(row.size());
  std::transform(row.begin(), row.end(), result.begin(), [](float w) { return std::abs(w); });
  return result;
}

double rank_of(std::size_t count) {
  return quantization::kGolfQuantile * static_cast<double>(count - 1);
}

// Between the values of rank ⌊h⌋ and ⌊h⌋ + 1 of what stands in place.
float between(const std::vector<float>& ranked, double h) {
  const auto lo = static_cast<std::size_t>(h);
  const double below = ranked[lo];
  const double above = ranked[std::min(lo + 1, ranked.size() - 1)];
  return static_cast<float>(below + (h - static_cast<double>(lo)) * (above - below));
}

double squared_error(std::span<const float> row, float clip, int bits) {
  thread_local std::vector<float> stored;
  stored.resize(row.size());
  quantization::golf_restore(
      quantization::golf_quantize_row(row, clip, {bits, quantization::GolfMode::kFixed}), stored);
  double sum = 0.0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double error = static_cast<double>(row[i]) - static_cast<double>(stored[i]);
    sum += error * error;
  }
  return sum;
}

}  // namespace

float clip_by_sort(std::span<const float> row) {
  std::vector<float>& values = magnitudes(row);
  std::sort(values.begin(), values.end());
  return between(values, rank_of(row.size()));
}

float clip_by_nth_element(std::span<const float> row) {
  std::vector<float>& values = magnitudes(row);
  const double h = rank_of(row.size());
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(h);
  std::nth_element(values.begin(), at, values.end());
  if (at + 1 != values.end()) std::nth_element(at + 1, at + 1, values.end());
  return between(values, h);
}

float clip_by_max(std::span<const float> row) {
  float max = 0.0f;
  for (const float w : row) max = std::max(max, std::abs(w));
  return max;
}

float clip_by_search(std::span<const float> row, int bits) {
  float best = 0.0f;
  double least = std::numeric_limits<double>::infinity();
  for (const double q : kSearched) {
    const float clip = quantization::quantile_top_k(magnitudes(row), q);
    const double error = squared_error(row, clip, bits);
    if (error < least) {
      least = error;
      best = clip;
    }
  }
  return best;
}

}  // namespace tinytorch::lab
