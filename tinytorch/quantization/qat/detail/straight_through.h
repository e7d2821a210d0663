#pragma once
// Integers forward, the smooth function backward. Given.

#include <cstdint>
#include <span>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {

// The values that the deployed codes stand for, with the gradient of the smooth function they
// approximate, shut where, for ClipGradient::kBlocked, the quantizer clipped.
Tensor straight_through(const char* name, const Tensor& smooth, std::span<const std::int8_t> codes,
                        QParams grid, const ConvSpec& spec);

}  // namespace tinytorch::quantization
