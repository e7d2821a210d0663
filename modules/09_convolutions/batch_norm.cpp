// Batch normalization. The contract is tinytorch/kernels/batch_norm.h.
#include "tinytorch/kernels/batch_norm.h"

#include "tinytorch/core/error.h"

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

// Per channel everything but x is constant: fold it into one factor and one offset, and the loop
// over the values is a multiplication and an addition. Quantization will fold them into a
// convolution.
//   mean 2.5, inverse_std 0.8, weight 2, bias 1: factor 1.6, offset 1 − 4 = -3; x = 5 → 5.
void batch_norm(std::span<const float> x, const Block& block, std::span<const float> mean,
                std::span<const float> inverse_std, std::span<const float> weight,
                std::span<const float> bias, std::span<float> out) {
  throw tinytorch::not_implemented("09.7");
}

}  // namespace tinytorch::kernels
