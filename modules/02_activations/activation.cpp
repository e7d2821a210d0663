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
  throw tinytorch::not_implemented("02.1");
}

// --- 02.2 Sigmoid and tanh ---

// For x >= 0 compute 1 / (1 + e^−x); for x < 0 the equal form e^x / (1 + e^x), whose exponential
// cannot overflow either.
//   0 → 0.5;  1 → 0.7310586;  -200 → 0 (e^200 would be infinite).
void sigmoid(std::span<const float> x, std::span<float> out) {
  throw tinytorch::not_implemented("02.2");
}

// std::tanh is right everywhere. 1 → 0.7615942.
void tanh(std::span<const float> x, std::span<float> out) {
  throw tinytorch::not_implemented("02.2");
}

// --- 02.3 GELU ---

// x · (1 + erf(x/√2)) / 2 with std::erf.   1 → 0.8413447;  -1 → -0.1586553;  0 → 0.
void gelu(std::span<const float> x, std::span<float> out) {
  throw tinytorch::not_implemented("02.3");
}

// x · (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2, √(2/π) = 0.7978846.   1 → 0.8411920.
void gelu_tanh(std::span<const float> x, std::span<float> out) {
  throw tinytorch::not_implemented("02.3");
}

}  // namespace tinytorch::kernels
