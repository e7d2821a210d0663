#pragma once
// Activation functions, value by value.
//
// All write out[i] = f(x[i]); out may be x itself. Their gradients are activation_backward.h.
// Written in the activations module (activation.cpp).

#include <span>

namespace tinytorch::kernels {

// max(0, x). NaN stays NaN.
void relu(std::span<const float> x, std::span<float> out);

// σ(x) = 1 / (1 + e^−x), without overflow for any x: exactly 0 or 1 far out, never NaN.
void sigmoid(std::span<const float> x, std::span<float> out);

void tanh(std::span<const float> x, std::span<float> out);

// x · Φ(x) with Φ the normal distribution function: x · (1 + erf(x/√2)) / 2
// (Hendrycks & Gimpel, "Gaussian error linear units", 2016).
void gelu(std::span<const float> x, std::span<float> out);

// The same with Φ(x) ≈ (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2, as GPT-2 was trained.
void gelu_tanh(std::span<const float> x, std::span<float> out);

}  // namespace tinytorch::kernels
