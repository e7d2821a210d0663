#pragma once
// Layer normalization: every row gets mean 0 and variance 1, then a learned scale and shift
// (Ba, Kiros & Hinton, "Layer normalization", 2016).
// Written in the layers module (layer_norm.cpp).

#include <cstdint>
#include <span>

namespace tinytorch::kernels {

// x holds rows of `size` values. For row r:
//   mean[r] = Σ x / size,   inverse_std[r] = 1 / √(Σ (x − mean)² / size + epsilon).
// The variance divides by size, not size − 1. Sums are made in double.
// Requires size >= 1 and mean.size() == inverse_std.size() == number of rows.
void row_statistics(std::span<const float> x, std::int64_t size, float epsilon,
                    std::span<float> mean, std::span<float> inverse_std);

// out[r, i] = (x[r, i] − mean[r]) · inverse_std[r] · weight[i] + bias[i].
// An empty weight counts as ones, an empty bias as zeros.
void layer_norm(std::span<const float> x, std::int64_t size, std::span<const float> mean,
                std::span<const float> inverse_std, std::span<const float> weight,
                std::span<const float> bias, std::span<float> out);

}  // namespace tinytorch::kernels
