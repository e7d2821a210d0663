#include "tinytorch/quantization/arithmetic/detail/top_two.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tinytorch/core/float_order.h"

namespace tinytorch::quantization::detail {
namespace {

constexpr std::size_t kLanes = 16;
using Lanes = std::array<std::int32_t, kLanes>;                     // ranks
constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();  // no value at all

// Takes one more rank in; first >= second are the largest so far.
void keep_two(std::int32_t rank, std::int32_t& first, std::int32_t& second) {
  second = std::max(second, std::min(first, rank));
  first = std::max(first, rank);
}

struct TopTwo {
  float first;
  float second;  // means nothing when there is one value only
};

// Of all lanes: the one that holds the highest offers its second, every other one its first.
TopTwo best_of(const Lanes& first, const Lanes& second) {
  std::int32_t highest = first[0];
  for (const std::int32_t rank : first) highest = std::max(highest, rank);
  std::int32_t next = kLowest;
  int holders = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const bool holds = first[lane] == highest;
    holders += holds ? 1 : 0;
    next = std::max(next, holds ? second[lane] : first[lane]);
  }
  return {float_of_rank(highest), float_of_rank(holders > 1 ? highest : next)};
}

// Sixteen streams side by side, each with a top two of its own: all the lanes of a vector have
// work, where a heap looks at one value at a time. Nothing when a value is not finite.
std::optional<TopTwo> top_two(std::span<const float> x) {
  Lanes first;
  Lanes second;
  Lanes last;  // the smallest, which betrays a negative infinity
  first.fill(kLowest);
  second.fill(kLowest);
  last.fill(float_rank(x[0]));
  const auto see = [&](float value, std::size_t lane) {
    keep_two(float_rank(value), first[lane], second[lane]);
    last[lane] = std::min(last[lane], float_rank(value));
  };
  const std::size_t whole = x.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) see(x[i + lane], lane);
  }
  for (std::size_t i = whole; i < x.size(); ++i) see(x[i], i - whole);

  std::int32_t lowest = last[0];
  for (const std::int32_t rank : last) lowest = std::min(lowest, rank);
  const TopTwo top = best_of(first, second);
  if (!std::isfinite(top.first) || !std::isfinite(float_of_rank(lowest))) return std::nullopt;
  return top;
}

}  // namespace

std::optional<float> quantile_of_top_two(std::span<const float> x, double q) {
  const double rank = q * static_cast<double>(x.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t kept = x.size() - below;
  if (kept > 2) return std::nullopt;
  const auto top = top_two(x);
  if (!top) return std::nullopt;
  const double low = kept == 1 ? top->first : top->second;
  const double share = rank - static_cast<double>(below);
  return static_cast<float>(low + share * (top->first - low));
}

}  // namespace tinytorch::quantization::detail
