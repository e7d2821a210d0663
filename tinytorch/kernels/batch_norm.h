#pragma once
// Batch normalization: every channel gets mean 0 and variance 1 over the batch, then a learned
// scale and shift (Ioffe & Szegedy, "Batch normalization", 2015).
//
// A tensor [N, C, H, W] is the Block {outer N, size C, inner H·W} (reduce.h).
// Written in the convolutions module (batch_norm.cpp).

#include <span>

#include "tinytorch/kernels/reduce.h"

namespace tinytorch::kernels {

// Over all n = outer·inner values of each channel: mean = Σ x / n, variance = Σ (x − mean)² / n.
// Sums are made in double. Requires n >= 1.
void channel_statistics(std::span<const float> x, const Block& block, std::span<float> mean,
                        std::span<float> variance);

// out = (x − mean[c]) · factor[c] + bias[c] with factor = weight · inverse_std. An empty weight
// counts as ones, an empty bias as zeros.
void batch_norm(std::span<const float> x, const Block& block, std::span<const float> mean,
                std::span<const float> inverse_std, std::span<const float> weight,
                std::span<const float> bias, std::span<float> out);

}  // namespace tinytorch::kernels
