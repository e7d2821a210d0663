#pragma once
// AdaRound: learn for each weight whether to round it up or down.
// You write this part: adaround.cpp (quantization module).
//
// A weight is [out, in], and what it is multiplied with are rows of `in` numbers: a linear layer's
// inputs, or the im2col rows of a convolution with in = channels · kh · kw.
// Source: Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization", 2020.

#include <cstdint>
#include <span>
#include <vector>

namespace tinytorch::quantization {

struct ValueAndSlope {
  float value = 0.0f;
  float slope = 0.0f;  // the derivative
};

// Task: How far a weight is rounded up, from 0 (down) to 1 (up), as a smooth function of v:
//     h(v) = clamp(1.2 · σ(v) - 0.1, 0, 1),  σ(v) = 1 / (1 + e^-v)
//     slope = 1.2 · σ(v) · (1 - σ(v)) where 0 < h < 1, else 0
// Stretched beyond both ends, so that h reaches 0 and 1 at a finite v. Of NaN both are NaN.
ValueAndSlope soft_rounding(float v);

// Task: The v with h(v) = fraction:  v = -ln(1.2 / (fraction + 0.1) - 1).
// Example: 0.5 → 0. Throws Error (given) unless fraction is from 0 to 1.
float soft_rounding_start(float fraction);

// Task: The price of not having decided: f(h) = 1 - |2h - 1|^beta, slope by h
// -2·beta·sign(2h - 1)·|2h - 1|^(beta - 1), 0 at h = ½. Large beta: flat, only the undecided ends
// are pushed; beta = 2: every h is pushed to its nearer end. Of h NaN both are NaN. Throws Error
// (given) unless beta is from 1 to kMaxBeta. Example: h = 0.75, beta 2 → value 0.75, slope -2.
inline constexpr float kMaxBeta = 1e38f;
ValueAndSlope rounding_penalty(float h, float beta);

// Task: M = xᵀ·x / n, [in, in], of the rows x [n, in]. Throws Error when a number of M is not
// finite (require_finite()). Throws Error (given) unless x holds whole rows, at least one, of
// finite numbers.
std::vector<float> input_moments(std::span<const float> x, std::int64_t in);

struct Reconstruction {
  std::vector<double> errors;   // [out]
  std::vector<float> gradient;  // [out, in], of the sum of errors by `approximation`
};

// Task: What an approximation of a weight costs on the calibration inputs, without the
// inputs: with d_o = approximation[o, :] - weight[o, :], the mean of (x·d_o)² over all rows x is
//     errors[o] = d_oᵀ · M · d_o,   gradient[o, :] = 2 · M · d_o
// errors[o] is Σ_i d_o[i] · (M·d_o)[i] in double; it is not finite where a number of its row or a
// moment is not, or M·d_o overflows. Throws Error (given) unless weight and approximation hold as
// many whole rows, and moments in · in numbers.
Reconstruction reconstruct(std::span<const float> weight, std::span<const float> approximation,
                           std::span<const float> moments, std::int64_t in);

struct AdaRoundOptions {
  int bits = 4;
  std::int64_t steps = 1000;
  float learning_rate = 0.03f;
  float penalty = 10.0f;     // weight of rounding_penalty against the error
  float beta_start = 20.0f;  // beta runs in a straight line from here …
  float beta_end = 2.0f;     // … to here, over the steps after the warm-up
  float warm_up = 0.2f;      // part of the steps without a penalty
};

// Task: Codes within symmetric_range(bits) for weight [out, in], scale scales[o] in row o:
// each the code below or above weight / scale, chosen together so that the layer's outputs stay
// close. moments [in, in] are the inputs' (reconstruct).
//   nearest = quantize_per_channel; E[o] its error by reconstruct(). low = floor(weight / scale),
//   v = soft_rounding_start(weight / scale - low).
//   For t = 0, …, steps - 1, with ŵ = scale · clamp(low + h(v), range) and rows with E[o] = 0 left
//   out:
//     g = in / E[o] · gradient · scale · h'(v)         0 where the clamp cuts
//         + penalty · f'(h, beta_t) · h'(v)            once t >= warm_up · steps
//     v ← optim::adam_update(g), with learning_rate
//   codes = clamp(low + (h(v) >= ½ ? 1 : 0), range). A weight within 2^-10 of a code keeps that
//   code, and one whose quotient overflows the last code. At last each row for itself keeps the
//   nearest codes unless its error became smaller than E[o]: the result is never worse than
//   rounding to nearest.
// Dividing by E[o] / in makes the error a pure number, so that one `penalty` fits every layer.
// Throws Error (given) unless weight holds a row for each scale, moments in · in numbers, all
// numbers are finite, options included, bits 2 to 8, steps at least 0, and scales positive.
std::vector<std::int8_t> adaround(std::span<const float> weight, std::span<const float> scales,
                                  std::span<const float> moments, const AdaRoundOptions& options);

}  // namespace tinytorch::quantization
