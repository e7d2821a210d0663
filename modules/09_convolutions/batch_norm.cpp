// Batch normalization. The contract is tinytorch/kernels/batch_norm.h.
#include "tinytorch/kernels/batch_norm.h"

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"

namespace tinytorch::kernels {

// --- 09.7 Batch normalization ---

// For each channel: the mean over all examples and positions, then the mean squared distance from
// it. Values of channel c in example o stand at (o·size + c)·inner + i.
//   x = {1, 2, 10, 20, 3, 4, 30, 40} as [2, 2, 1, 2]: channel 0 has {1, 2, 3, 4}, mean 2.5,
//   variance 1.25; channel 1 has {10, 20, 30, 40}, mean 25, variance 125.
void channel_statistics(std::span<const float> x, const Block& block, std::span<float> mean,
                        std::span<float> variance) {
  throw tinytorch::not_implemented("09.7");
}

// Per channel everything but x is constant, and weight and inverse_std are one factor. Take the
// mean off first: x·factor + (bias − mean·factor) would be one operation less, and the difference
// of two large numbers wherever the mean is large. (Quantization folds it into a convolution all
// the same.)
//   mean 2.5, inverse_std 0.8, weight 2, bias 1: factor 1.6; x = 5 → 2.5 · 1.6 + 1 = 5.
void batch_norm(std::span<const float> x, const Block& block, std::span<const float> mean,
                std::span<const float> inverse_std, std::span<const float> weight,
                std::span<const float> bias, std::span<float> out) {
  throw tinytorch::not_implemented("09.7");
}

}  // namespace tinytorch::kernels
