#pragma once
// Fake quantization: rounding that training can feel, and gradients that pass through it.
// You write this part: fake_quant.cpp (quantization module). Checks of the arguments are given.
//
// The derivative of rint is 0 almost everywhere, so nothing would be learned through it. The
// straight-through estimator pretends it is 1 where a value was rounded and keeps it 0 where the
// value was clipped (Bengio, Léonard & Courville, "Estimating or Propagating Gradients Through
// Stochastic Neurons", 2013; Jacob et al. 2018, §3).

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Task: 1 where the straight-through estimator passes a gradient, 0 where x was clipped:
//     mask[i] = qmin <= rint(x[i] / scale) + zero_point <= qmax
// The ends are included: a value that rounds onto the last code was not clipped. NaN → 0.
// Throws Error (given) unless the scale is positive and finite.
std::vector<std::uint8_t> ste_mask(std::span<const float> x, QParams params, QRange range);

// Task: dequantize(quantize(x)), of the same shape and by the very functions of affine.h, so that
// training sees what is deployed. Records a node named "fake_quantize" whose backward is
// grad_x = grad · ste_mask.
Tensor fake_quantize(const Tensor& x, QParams params, QRange range);

// Task: Learned step size (LSQ): the gradient of the loss with respect to the scale of a
// symmetric quantizer (zero-point 0),
//     Σ_i grad[i] · d_i / sqrt(N · qmax),   N = x.size(),
//     d_i = qmin                        if x[i] / scale <= qmin
//         = qmax                        if x[i] / scale >= qmax
//         = rint(x[i]/scale) - x[i]/scale   otherwise,
// all of it in double, rounded once to float at the end.
// Source: Esser et al., "Learned Step Size Quantization", ICLR 2020, eq. 3 and §2.2.
// Throws Error (given) when sizes differ, x is empty, scale is not positive and finite, or qmax
// < 1.
float lsq_scale_gradient(std::span<const float> x, std::span<const float> grad, float scale,
                         QRange range);

// Given. fake_quantize whose scale (one element) is a parameter too: x gets its gradient by the
// mask above, the scale by lsq_scale_gradient.
Tensor fake_quantize_lsq(const Tensor& x, const Tensor& scale, QRange range);

}  // namespace tinytorch::quantization
