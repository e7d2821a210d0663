// The update formulas. The contract, formulas included, is tinytorch/optim/updates.h.
#include "tinytorch/optim/updates.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::optim {

// --- 06.1 Gradient descent ---

// One loop. p = {1}, g = {0.5}, learning rate 0.1, decay 0 → {0.95}; decay 0.2 → {0.93}.
void sgd_update(std::span<float> p, std::span<const float> g, float learning_rate,
                float weight_decay) {
  throw tinytorch::not_implemented("06.1");
}

// --- 06.2 Momentum ---

// First the velocity, then the parameter, in the same loop.
//   p = {1}, g = {0.5}, v = {0.2}, learning rate 0.1, momentum 0.9: v = 0.68, p = 0.932;
//   with nesterov p = 1 − 0.1·(0.5 + 0.9·0.68) = 0.8888.
void momentum_update(std::span<float> p, std::span<const float> g, std::span<float> v,
                     const MomentumStep& step) {
  throw tinytorch::not_implemented("06.2");
}

// --- 06.3 Adam ---

// 1. Before the loop: c1 = 1 − β₁ᵗ and c2 = √(1 − β₂ᵗ), with std::pow in double.
// 2. In the loop: g', m, v, then p ← p − (learning_rate / c1) · m / (√v / c2 + ε).
//   p = {1}, g = {0.5}, m = v = {0}, t = 1, learning rate 0.1: m = 0.05, v = 0.00025; m̂ = 0.5 and
//   √v̂ = 0.5, so p = 0.9. The first step is the learning rate, however large the gradient.
void adam_update(std::span<float> p, std::span<const float> g, std::span<float> m,
                 std::span<float> v, const AdamStep& step) {
  throw tinytorch::not_implemented("06.3");
}

// --- 06.4 AdamW ---

// Shrink p by the factor 1 − learning_rate·weight_decay, then do Adam's update without decay.
//   p = {1}, g = {0.5}, t = 1, learning rate 0.1, decay 0.2: 1 · 0.98 − 0.1 = 0.88.
void adamw_update(std::span<float> p, std::span<const float> g, std::span<float> m,
                  std::span<float> v, const AdamStep& step) {
  throw tinytorch::not_implemented("06.4");
}

}  // namespace tinytorch::optim
