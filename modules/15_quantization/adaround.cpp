// Part 10 of module 15: up or down? Learn it.
#include "tinytorch/quantization/qat/adaround.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/optim/updates.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// TASK 15.33
ValueAndSlope soft_rounding(float v) {
  // h first; the slope is that of the unclamped curve, and 0 where the clamp has cut.
  // Try it by hand first: v = 0 → σ = 0.5, h = 0.5, slope 1.2 · 0.25 = 0.3.
  throw tinytorch::not_implemented("15.33");
}

float soft_rounding_start(float fraction) {
  // Solve h(v) = fraction for v. Both ends, 0 and 1, have a finite answer: ∓2.4.
  throw tinytorch::not_implemented("15.33");
}

ValueAndSlope rounding_penalty(float h, float beta) {
  // |2h - 1| says how decided h is: 0 in the middle, 1 at both ends.
  // Try it by hand first: h = 0.75, beta 2 → 1 - 0.5² = 0.75, slope -2 · 2 · 0.5 = -2.
  throw tinytorch::not_implemented("15.33");
}

// TASK 15.34
std::vector<float> input_moments(std::span<const float> x, std::int64_t in) {
  // kernels::gemm with Trans::kYes for its first factor makes xᵀ·x; it reads x as [n, in]. Then
  // divide by n.
  // Try it by hand first: rows (1, 2) and (3, 0) → {5, 1, 1, 2}.
  throw tinytorch::not_implemented("15.34");
}

Reconstruction reconstruct(std::span<const float> weight, std::span<const float> approximation,
                           std::span<const float> moments, std::int64_t in) {
  // The difference d [out, in], one product d · M, and both answers are made of the two.
  // Try it by hand first: d = (1, -1), M = {5, 1, 1, 2} → M·d = (4, -1), error 4 + 1 = 5,
  // gradient (8, -2).
  throw tinytorch::not_implemented("15.34");
}

// TASK 15.35
std::vector<std::int8_t> adaround(std::span<const float> weight, std::span<const float> scales,
                                  std::span<const float> moments, const AdaRoundOptions& options) {
  // Split it: what is prepared once (low, v, the nearest codes and their errors), the gradient of
  // one step, the loop over steps, and the choice at the end. in = weight.size() / scales.size().
  // Try it by hand first: scale 1, weights (0.6, 0.7), two inputs that are always both 1: M is all
  // ones. Nearest, (1, 1), is off by 0.7 in every output, (0, 1) by 0.3 only.
  throw tinytorch::not_implemented("15.35");
}

}  // namespace tinytorch::quantization
