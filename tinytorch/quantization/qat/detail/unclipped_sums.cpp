#include "tinytorch/quantization/qat/detail/unclipped_sums.h"

#include <cmath>

namespace tinytorch::quantization::detail {

std::vector<std::uint8_t> unclipped_sums(const QuantizedLinear& layer,
                                         std::span<const std::int32_t> acc) {
  const auto [qmin, qmax] = layer.output_range();
  const std::span<const float> scale_of = layer.multipliers();
  const auto shift = static_cast<float>(layer.output().zero_point);
  const float low = static_cast<float>(qmin) - shift;
  const float high = static_cast<float>(qmax) - shift;
  const bool linear = !layer.relu();
  std::vector<std::uint8_t> passes(acc.size());
  const std::size_t out = scale_of.size();
  for (std::size_t row = 0; row < acc.size(); row += out) {
    for (std::size_t o = 0; o < out; ++o) {
      const std::int32_t sum = acc[row + o];
      const float steps = std::nearbyint(static_cast<float>(sum) * scale_of[o]);
      passes[row + o] = (steps >= low) & (steps <= high) & (linear | (sum > 0)) ? 1 : 0;
    }
  }
  return passes;
}

}  // namespace tinytorch::quantization::detail
