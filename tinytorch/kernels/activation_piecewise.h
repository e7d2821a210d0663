#pragma once
// Activation functions made of straight lines, and SiLU, which Hardswish imitates, one value at a
// time, with their slopes. Given; the classic ones are activation.h.

#include <cmath>

namespace tinytorch::kernels {

// x where x > 0, slope · x elsewhere. The derivative at 0 is taken as `slope`, as PyTorch does.
inline float leaky_relu(float x, float slope) { return x > 0.0f ? x : slope * x; }
inline float leaky_relu_slope(float x, float slope) { return x > 0.0f ? 1.0f : slope; }

// min(max(x/6 + 1/2, 0), 1), where x/6 is x times the float nearest to 1/6, as ONNX's HardSigmoid
// with alpha = 1/6 has it (Howard et al., "Searching for MobileNetV3", 2019). NaN stays NaN.
inline float hardsigmoid(float x) {
  constexpr float kSixth = 1.0f / 6.0f;
  const float line = x * kSixth + 0.5f;
  return line < 0.0f ? 0.0f : (line > 1.0f ? 1.0f : line);
}
inline float hardsigmoid_slope(float x) { return x > -3.0f && x < 3.0f ? 1.0f / 6.0f : 0.0f; }

// x · hardsigmoid(x).
inline float hardswish(float x) { return x * hardsigmoid(x); }
inline float hardswish_slope(float x) {
  if (x <= -3.0f) return 0.0f;
  return x < 3.0f ? x / 3.0f + 0.5f : 1.0f;
}

// The slope of x · σ(x), s = σ(x): s · (1 + x · (1 − s)); 0 and 1 at the infinities.
inline float silu_slope(float x, float s) {
  return std::isinf(x) ? s : s * (1.0f + x * (1.0f - s));
}

}  // namespace tinytorch::kernels
