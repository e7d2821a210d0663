// Activation functions. The contract is tinytorch/kernels/activation.h.
#include "tinytorch/kernels/activation.h"

#include <cmath>
#include <numbers>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::kernels {

// --- 02.1 ReLU ---

// kernels::map applies one formula to every value:
//   map(x, out, [](float v) { return …; });
//   {-2, 0, 3} → {0, 0, 3}. Write it so that NaN passes through: `v < 0` is false for NaN.
void relu(std::span<const float> x, std::span<float> out) {
  // BEGIN SOLUTION 02.1
  map(x, out, [](float v) { return v < 0.0f ? 0.0f : v; });
  // END SOLUTION 02.1
}

// --- 02.2 Sigmoid and tanh ---

// For x >= 0 compute 1 / (1 + e^−x); for x < 0 the equal form e^x / (1 + e^x), whose exponential
// cannot overflow either.
//   0 → 0.5;  1 → 0.7310586;  -200 → 0 (e^200 would be infinite).
void sigmoid(std::span<const float> x, std::span<float> out) {
  // BEGIN SOLUTION 02.2
  map(x, out, [](float v) {
    const float e = std::exp(-std::fabs(v));  // in (0, 1]
    return (v < 0.0f ? e : 1.0f) / (1.0f + e);
  });
  // END SOLUTION 02.2
}

// std::tanh is right everywhere. 1 → 0.7615942.
void tanh(std::span<const float> x, std::span<float> out) {
  // BEGIN SOLUTION 02.2
  map(x, out, [](float v) { return std::tanh(v); });
  // END SOLUTION 02.2
}

// --- 02.3 GELU ---

// x · (1 + erf(x/√2)) / 2 with std::erf.   1 → 0.8413447;  -1 → -0.1586553;  0 → 0.
void gelu(std::span<const float> x, std::span<float> out) {
  // BEGIN SOLUTION 02.3
  constexpr float kInverseSqrt2 = 1.0f / std::numbers::sqrt2_v<float>;
  map(x, out, [](float v) { return 0.5f * v * (1.0f + std::erf(v * kInverseSqrt2)); });
  // END SOLUTION 02.3
}

// x · (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2, √(2/π) = 0.7978846.   1 → 0.8411920.
void gelu_tanh(std::span<const float> x, std::span<float> out) {
  // BEGIN SOLUTION 02.3
  constexpr float kSqrtTwoOverPi = 0.7978845608028654f;
  map(x, out, [](float v) {
    return 0.5f * v * (1.0f + std::tanh(kSqrtTwoOverPi * (v + 0.044715f * v * v * v)));
  });
  // END SOLUTION 02.3
}

}  // namespace tinytorch::kernels
