// The update formulas. The contract, formulas included, is tinytorch/optim/updates.h.
#include "tinytorch/optim/updates.h"

#include <cmath>

#include "tinytorch/core/error.h"

namespace tinytorch::optim {

// --- 06.1 Gradient descent ---

// One loop. p = {1}, g = {0.5}, learning rate 0.1, decay 0 → {0.95}; decay 0.2 → {0.93}.
void sgd_update(std::span<float> p, std::span<const float> g, float learning_rate,
                float weight_decay) {
  // BEGIN SOLUTION 06.1
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i] -= learning_rate * (g[i] + weight_decay * p[i]);
  }
  // END SOLUTION 06.1
}

// --- 06.2 Momentum ---

// First the velocity, then the parameter, in the same loop.
//   p = {1}, g = {0.5}, v = {0.2}, learning rate 0.1, momentum 0.9: v = 0.68, p = 0.932;
//   with nesterov p = 1 − 0.1·(0.5 + 0.9·0.68) = 0.8888.
void momentum_update(std::span<float> p, std::span<const float> g, std::span<float> v,
                     const MomentumStep& step) {
  // BEGIN SOLUTION 06.2
  // The direction is own·g' + past·v for both forms: no branch inside the loop.
  const float own = step.nesterov ? 1.0f : 0.0f;
  const float past = step.nesterov ? step.momentum : 1.0f;
  // Copied: for all the compiler knows, a write to p could change what `step` refers to, and a loop
  // that must look again each time is not vectorised.
  const auto [rate, momentum, decay, nesterov] = step;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const float slope = g[i] + decay * p[i];
    v[i] = momentum * v[i] + slope;
    p[i] -= rate * (own * slope + past * v[i]);
  }
  // END SOLUTION 06.2
}

// --- 06.3 Adam ---
// BEGIN SOLUTION 06.3 helper
namespace {

// The moments start at 0 and so are too small at first, by the factor 1 − βᵗ exactly.
struct Corrections {
  float first;
  float second_root;
};

Corrections corrections(const AdamStep& step) {
  const auto t = static_cast<double>(step.t);
  return {static_cast<float>(1.0 - std::pow(static_cast<double>(step.beta1), t)),
          static_cast<float>(std::sqrt(1.0 - std::pow(static_cast<double>(step.beta2), t)))};
}

}  // namespace
// END SOLUTION 06.3

// 1. Before the loop: c1 = 1 − β₁ᵗ and c2 = √(1 − β₂ᵗ), with std::pow in double.
// 2. In the loop: g', m, v, then p ← p − (learning_rate / c1) · m / (√v / c2 + ε).
//   p = {1}, g = {0.5}, m = v = {0}, t = 1, learning rate 0.1: m = 0.05, v = 0.00025; m̂ = 0.5 and
//   √v̂ = 0.5, so p = 0.9. The first step is the learning rate, however large the gradient.
void adam_update(std::span<float> p, std::span<const float> g, std::span<float> m,
                 std::span<float> v, const AdamStep& step) {
  // BEGIN SOLUTION 06.3
  const auto [learning_rate, beta1, beta2, epsilon, decay, t] = step;
  const auto [correction, root_correction] = corrections(step);
  const float rate = learning_rate / correction;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const float slope = g[i] + decay * p[i];
    m[i] = beta1 * m[i] + (1.0f - beta1) * slope;
    v[i] = beta2 * v[i] + (1.0f - beta2) * slope * slope;
    p[i] -= rate * m[i] / (std::sqrt(v[i]) / root_correction + epsilon);
  }
  // END SOLUTION 06.3
}

// --- 06.4 AdamW ---

// Shrink p by the factor 1 − learning_rate·weight_decay, then do Adam's update without decay.
//   p = {1}, g = {0.5}, t = 1, learning rate 0.1, decay 0.2: 1 · 0.98 − 0.1 = 0.88.
void adamw_update(std::span<float> p, std::span<const float> g, std::span<float> m,
                  std::span<float> v, const AdamStep& step) {
  // BEGIN SOLUTION 06.4
  const float keep = 1.0f - step.learning_rate * step.weight_decay;
  for (float& value : p) value *= keep;
  AdamStep without_decay = step;
  without_decay.weight_decay = 0.0f;
  adam_update(p, g, m, v, without_decay);
  // END SOLUTION 06.4
}

}  // namespace tinytorch::optim
