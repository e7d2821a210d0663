#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/float_order.h"

namespace tinytorch::quantization {
namespace {

// Smallest and largest of the values and 0, compared as integers (float_order.h says why).
Range extremes(std::span<const float> x) {
  std::int32_t least = 0;  // the rank of 0
  std::int32_t most = 0;
  for (const float value : x) {
    least = std::min(least, float_rank(value));
    most = std::max(most, float_rank(value));
  }
  const Range range{float_of_rank(least), float_of_rank(most)};
  if (!std::isfinite(range.min) || !std::isfinite(range.max)) {
    const auto is_bad = [](float value) { return !std::isfinite(value); };
    const auto first = std::find_if(x.begin(), x.end(), is_bad);
    throw Error(concat("choose_qparams_dynamic: value ", first - x.begin(), " is ", *first,
                       "; codes for it would mean nothing"));
  }
  return range;
}

}  // namespace

QParams choose_qparams_dynamic(std::span<const float> x) {
  if (x.empty()) throw Error("choose_qparams_dynamic: no values");
  const auto [min, max] = extremes(x);
  const float spread = max - min;
  if (!std::isfinite(spread)) {
    throw Error(
        concat("choose_qparams_dynamic: ", min, " to ", max, " is wider than the largest float"));
  }
  const float scale = spread == 0.0f ? 1.0f : std::max(spread / 255.0f, kMinScale);
  const float zero_point = std::nearbyint(std::clamp(0.0f - min / scale, 0.0f, 255.0f));
  return {scale, static_cast<std::int32_t>(zero_point) - 128};
}

}  // namespace tinytorch::quantization
