#pragma once
// The update formulas of the optimizers: one loop over the values of one parameter.
//
// p: the parameter's values, changed in place; g: its gradient; all spans have the same length.
// Each formula is one pass, so that a value is read and written once a step.
// Written in the optimizers module (updates.cpp).

#include <cstdint>
#include <span>

namespace tinytorch::optim {

// p ← p − learning_rate · (g + weight_decay · p)
void sgd_update(std::span<float> p, std::span<const float> g, float learning_rate,
                float weight_decay);

struct MomentumStep {
  float learning_rate = 0.01f;
  float momentum = 0.9f;
  float weight_decay = 0.0f;
  bool nesterov = false;
};

// g' = g + weight_decay · p;   v ← momentum · v + g';
// p ← p − learning_rate · v, or with nesterov p − learning_rate · (g' + momentum · v).
void momentum_update(std::span<float> p, std::span<const float> g, std::span<float> v,
                     const MomentumStep& step);

struct AdamStep {
  float learning_rate = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.0f;
  std::int64_t t = 1;  // this step's number, from 1
};

// Kingma & Ba, "Adam: a method for stochastic optimization", 2015:
//   g' = g + weight_decay · p;   m ← β₁·m + (1−β₁)·g';   v ← β₂·v + (1−β₂)·g'²;
//   p ← p − learning_rate · m̂ / (√v̂ + ε),   m̂ = m / (1−β₁ᵗ),   v̂ = v / (1−β₂ᵗ).
void adam_update(std::span<float> p, std::span<const float> g, std::span<float> m,
                 std::span<float> v, const AdamStep& step);

// Loshchilov & Hutter, "Decoupled weight decay regularization", 2019: the decay bypasses the
// moments,
//   p ← p · (1 − learning_rate · weight_decay), then Adam's update with g' = g.
void adamw_update(std::span<float> p, std::span<const float> g, std::span<float> m,
                  std::span<float> v, const AdamStep& step);

}  // namespace tinytorch::optim
