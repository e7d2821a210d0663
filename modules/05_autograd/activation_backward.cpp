// Gradients of activations. The contract is tinytorch/kernels/activation_backward.h.
#include "tinytorch/kernels/activation_backward.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::kernels {

// --- 05.8 One value at a time ---

// kernels::map takes two inputs as well: map(x, grad, grad_x, [](float v, float g) { return …; }).
//   x = {-1, 0, 2}, grad = {10, 20, 30} → {0, 0, 30}.
void relu_backward(std::span<const float> grad, std::span<const float> x, std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.8");
}

// From the result, no exponential needed: y = 0.5, g = 1 → 0.25, the steepest point.
void sigmoid_backward(std::span<const float> grad, std::span<const float> y,
                      std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.8");
}

// y = 0, g = 1 → 1.
void tanh_backward(std::span<const float> grad, std::span<const float> y, std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.8");
}

// The product rule on x · Φ(x); the derivative of Φ is the bell curve φ. Far out, where the slope
// is 0 or 1 to the last bit, clamp x: x² would overflow.
//   x = 0 → 0.5;  x = 1 → 0.8413447 + 0.2419707 = 1.0833155.
void gelu_backward(std::span<const float> grad, std::span<const float> x, std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.8");
}

// The product rule on x · (1 + t)/2 and the chain rule through t = tanh(u). Clamp x here too: from
// 1e19 on x² is infinite, and (1 − t²)·x² is not a number.
void gelu_tanh_backward(std::span<const float> grad, std::span<const float> x,
                        std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.8");
}

// --- 05.9 Softmax: every output depends on every input of its line ---

// For each line (o, i), whose values stand at (o·size + s)·inner + i:
//   1. dot = Σ_s g_s·y_s, in double.
//   2. grad_x_s = y_s · (g_s − dot), in double too: a difference of extremes may be beyond float.
//   y = {0.25, 0.75}, g = {1, 0}: dot = 0.25, grad_x = {0.1875, -0.1875}. A line sums to 0, since
//   probabilities can only be moved, not made.
void softmax_backward(std::span<const float> grad, std::span<const float> y, const Block& block,
                      std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.9");
}

// For each line: total = Σ_s g_s in double, then grad_x_s = g_s − e^(y_s)·total.
//   y = ln {0.25, 0.75}, g = {1, 0}: total = 1, grad_x = {0.75, -0.75}.
void log_softmax_backward(std::span<const float> grad, std::span<const float> y, const Block& block,
                          std::span<float> grad_x) {
  throw tinytorch::not_implemented("05.9");
}

}  // namespace tinytorch::kernels
