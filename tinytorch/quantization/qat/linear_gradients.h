#pragma once
// The backward pass of a linear layer in quantization-aware training, y = x · ŵᵀ + bias with
// x [n, in], ŵ [out, in], and g the gradient of y, [n, out]. Given.

#include <cstdint>
#include <span>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/deployed/quantized_linear.h"

namespace tinytorch::quantization {

// grad where the mask is 1, 0 elsewhere. mask.size() is grad.numel().
Tensor pass_where(std::span<const std::uint8_t> mask, const Tensor& grad);

// Σ_o g[n, o] · ŵ[o, k], with ŵ = codes · scale the weights that `layer` really uses; [n, in].
// Undefined, and nothing computed, where x requires no gradient.
Tensor input_gradient(const Tensor& g, const Tensor& x, const QuantizedLinear& layer);
// Σ_n g[n, o] · x[n, k]; [out, in].
Tensor weight_gradient(const Tensor& g, const Tensor& x);
// Σ_n g[n, o]; [out].
Tensor bias_gradient(const Tensor& g);

}  // namespace tinytorch::quantization
