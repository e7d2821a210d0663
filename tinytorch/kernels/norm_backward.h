#pragma once
// Gradients of layer and batch normalization.
//
// With n the number of values normalized together, x̂ = (x − mean)·inverse_std and h = g·weight the
// gradient that reaches x̂:   grad_x = inverse_std · (h − Σh/n − x̂ · Σ(h·x̂)/n).
// The two sums are there because mean and variance depend on x as well: what moves all values
// alike, or stretches them alike, is normalized away and gets no gradient. All sums are made in
// double. Given (norm_backward.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/kernels/reduce.h"

namespace tinytorch::kernels {

// What both need. An empty weight counts as ones; an empty result is not computed.
struct NormBackward {
  std::span<const float> grad;
  std::span<const float> x;
  std::span<const float> mean;
  std::span<const float> inverse_std;
  std::span<const float> weight;
  std::span<float> grad_x;
  std::span<float> grad_weight;  // Σ g·x̂ over all rows, or over all of a channel
  std::span<float> grad_bias;    // Σ g
};

// Rows of `size` values (layer_norm.h).
void layer_norm_backward(const NormBackward& args, std::int64_t size);

// Channels (batch_norm.h). Unless `batch_statistics`, mean and inverse_std are constants, and
// grad_x = inverse_std · h.
void batch_norm_backward(const NormBackward& args, const Block& block, bool batch_statistics);

}  // namespace tinytorch::kernels
