#include "tinytorch/quantization/dynamic_qparams.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

constexpr std::size_t kLanes = 16;

// Smallest and largest of the values and 0, in lanes of their own so that one instruction compares
// sixteen; one chain of comparisons would wait for itself.
Range extremes(std::span<const float> x) {
  std::array<float, kLanes> low{};
  std::array<float, kLanes> high{};
  std::array<std::int32_t, kLanes> bad{};
  const auto meet = [&](std::size_t lane, float value) {
    low[lane] = value < low[lane] ? value : low[lane];
    high[lane] = value > high[lane] ? value : high[lane];
    bad[lane] |= std::abs(value) <= std::numeric_limits<float>::max() ? 0 : 1;  // false for NaN
  };
  const std::size_t whole = x.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) meet(lane, x[i + lane]);
  }
  for (std::size_t i = whole; i < x.size(); ++i) meet(i - whole, x[i]);
  if (std::any_of(bad.begin(), bad.end(), [](std::int32_t lane) { return lane != 0; })) {
    const auto is_bad = [](float value) { return !std::isfinite(value); };
    const auto first = std::find_if(x.begin(), x.end(), is_bad);
    throw Error(concat("choose_qparams_dynamic: value ", first - x.begin(), " is ", *first,
                       "; codes for it would mean nothing"));
  }
  return {*std::min_element(low.begin(), low.end()), *std::max_element(high.begin(), high.end())};
}

}  // namespace

QParams choose_qparams_dynamic(std::span<const float> x) {
  if (x.empty()) throw Error("choose_qparams_dynamic: no values");
  const auto [min, max] = extremes(x);
  const float width = max - min;
  if (!std::isfinite(width)) {
    throw Error(
        concat("choose_qparams_dynamic: ", min, " to ", max, " is wider than the largest float"));
  }
  const float scale = width == 0.0f ? 1.0f : std::max(width / 255.0f, kMinScale);
  const float zero_point = std::nearbyint(std::clamp(0.0f - min / scale, 0.0f, 255.0f));
  return {scale, static_cast<std::int32_t>(zero_point) - 128};
}

}  // namespace tinytorch::quantization
