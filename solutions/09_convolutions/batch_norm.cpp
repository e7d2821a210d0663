// Batch normalization. The contract is tinytorch/kernels/batch_norm.h.
#include "tinytorch/kernels/batch_norm.h"

#include "tinytorch/core/error.h"

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
      for (const float value : line(x, block, o, c)) total += static_cast<double>(value);
    }
    const double centre = total / count;
    double squares = 0.0;
    for (std::int64_t o = 0; o < block.outer; ++o) {
      for (const float value : line(x, block, o, c)) {
        const double distance = static_cast<double>(value) - centre;
        squares += distance * distance;
      }
    }
    mean[static_cast<std::size_t>(c)] = static_cast<float>(centre);
    variance[static_cast<std::size_t>(c)] = static_cast<float>(squares / count);
  }
  // END SOLUTION 09.7
}

// Per channel everything but x is constant: fold it into one factor and one offset, and the loop
// over the values is a multiplication and an addition. Quantization will fold them into a
// convolution.
//   mean 2.5, inverse_std 0.8, weight 2, bias 1: factor 1.6, offset 1 − 4 = -3; x = 5 → 5.
void batch_norm(std::span<const float> x, const Block& block, std::span<const float> mean,
                std::span<const float> inverse_std, std::span<const float> weight,
                std::span<const float> bias, std::span<float> out) {
  // BEGIN SOLUTION 09.7
  float* to = out.data();
  for (std::int64_t o = 0; o < block.outer; ++o) {
    for (std::int64_t c = 0; c < block.size; ++c) {
      const auto at = static_cast<std::size_t>(c);
      const float factor = inverse_std[at] * (weight.empty() ? 1.0f : weight[at]);
      const float offset = (bias.empty() ? 0.0f : bias[at]) - mean[at] * factor;
      for (const float value : line(x, block, o, c)) *to++ = value * factor + offset;
    }
  }
  // END SOLUTION 09.7
}

}  // namespace tinytorch::kernels
