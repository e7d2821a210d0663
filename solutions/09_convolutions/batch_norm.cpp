// Batch normalization. The contract is tinytorch/kernels/batch_norm.h.
#include "tinytorch/kernels/batch_norm.h"

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"

namespace tinytorch::kernels {
// BEGIN SOLUTION 09.7 helper
namespace {

// The line of `inner` neighbouring values of channel c in example o.
std::span<const float> line(std::span<const float> x, const Block& block, std::int64_t o,
                            std::int64_t c) {
  return x.subspan(static_cast<std::size_t>((o * block.size + c) * block.inner),
                   static_cast<std::size_t>(block.inner));
}

}  // namespace
// END SOLUTION 09.7

// --- 09.7 Batch normalization ---

// For each channel: the mean over all examples and positions, then the mean squared distance from
// it. Values of channel c in example o stand at (o·size + c)·inner + i.
//   x = {1, 2, 10, 20, 3, 4, 30, 40} as [2, 2, 1, 2]: channel 0 has {1, 2, 3, 4}, mean 2.5,
//   variance 1.25; channel 1 has {10, 20, 30, 40}, mean 25, variance 125.
void channel_statistics(std::span<const float> x, const Block& block, std::span<float> mean,
                        std::span<float> variance) {
  // BEGIN SOLUTION 09.7
  const auto count = static_cast<double>(block.outer * block.inner);
  for (std::int64_t c = 0; c < block.size; ++c) {
    double total = 0.0;
    for (std::int64_t o = 0; o < block.outer; ++o) {
      const std::span<const float> values = line(x, block, o, c);
      total += accumulate(values.size(), [values](std::size_t i) { return values[i]; });
    }
    const double centre = total / count;
    double squares = 0.0;
    for (std::int64_t o = 0; o < block.outer; ++o) {
      const std::span<const float> values = line(x, block, o, c);
      squares += accumulate(values.size(), [values, centre](std::size_t i) {
        const double distance = static_cast<double>(values[i]) - centre;
        return distance * distance;
      });
    }
    mean[static_cast<std::size_t>(c)] = static_cast<float>(centre);
    variance[static_cast<std::size_t>(c)] = static_cast<float>(squares / count);
  }
  // END SOLUTION 09.7
}

// Per channel everything but x is constant, and weight and inverse_std are one factor. Take the
// mean off first: x·factor + (bias − mean·factor) would be one operation less, and the difference
// of two large numbers wherever the mean is large. (Quantization folds it into a convolution all
// the same.)
//   mean 2.5, inverse_std 0.8, weight 2, bias 1: factor 1.6; x = 5 → 2.5 · 1.6 + 1 = 5.
void batch_norm(std::span<const float> x, const Block& block, std::span<const float> mean,
                std::span<const float> inverse_std, std::span<const float> weight,
                std::span<const float> bias, std::span<float> out) {
  // BEGIN SOLUTION 09.7
  float* to = out.data();
  for (std::int64_t o = 0; o < block.outer; ++o) {
    for (std::int64_t c = 0; c < block.size; ++c) {
      const auto at = static_cast<std::size_t>(c);
      const float factor = inverse_std[at] * (weight.empty() ? 1.0f : weight[at]);
      const float centre = mean[at];
      const float shift = bias.empty() ? 0.0f : bias[at];
      for (const float value : line(x, block, o, c)) *to++ = (value - centre) * factor + shift;
    }
  }
  // END SOLUTION 09.7
}

}  // namespace tinytorch::kernels
