#include "tinytorch/quantization/arithmetic/detail/largest_magnitudes.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/float_order.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization::detail {

std::optional<std::vector<float>> channel_scales(std::span<const float> weight,
                                                 std::int64_t channels, int bits) {
  std::vector<float> found(static_cast<std::size_t>(channels));
  const std::size_t row = weight.size() / found.size();
  for (std::size_t c = 0; c < found.size(); ++c) {
    std::int32_t highest = 0;
    for (const float w : weight.subspan(c * row, row)) {
      highest = std::max(highest, float_rank(std::abs(w)));
    }
    const float largest = float_of_rank(highest);
    if (!std::isfinite(largest)) return std::nullopt;
    found[c] = choose_qparams_symmetric(largest, bits).scale;
  }
  return found;
}

}  // namespace tinytorch::quantization::detail
