#pragma once
// Gradients of the activation functions: grad_x from the gradient of the result.
//
// `x` is the input, `y` the result of the forward function, whichever gives the shorter formula.
// In the formulas g is grad. grad_x may be grad itself.
// Written in the autograd module (activation_backward.cpp).

#include <span>

#include "tinytorch/kernels/reduce.h"

namespace tinytorch::kernels {

// g where x > 0, else 0: the slope at 0 is taken as 0, as PyTorch does.
void relu_backward(std::span<const float> grad, std::span<const float> x, std::span<float> grad_x);

// g · y · (1 − y)
void sigmoid_backward(std::span<const float> grad, std::span<const float> y,
                      std::span<float> grad_x);

// g · (1 − y²)
void tanh_backward(std::span<const float> grad, std::span<const float> y, std::span<float> grad_x);

// g · (Φ(x) + x·φ(x)), φ(x) = e^(−x²/2) / √(2π). Here and in the next one the slope is exactly 0 or
// 1 far out, at the infinities too.
void gelu_backward(std::span<const float> grad, std::span<const float> x, std::span<float> grad_x);

// With u = √(2/π)·(x + 0.044715·x³) and t = tanh(u):
// g · ((1 + t)/2 + x/2 · (1 − t²) · √(2/π) · (1 + 3·0.044715·x²))
void gelu_tanh_backward(std::span<const float> grad, std::span<const float> x,
                        std::span<float> grad_x);

// Along each line of the block: y · (g − Σ_t g_t·y_t), y the softmax. The sum is made in double, as
// in the next one.
void softmax_backward(std::span<const float> grad, std::span<const float> y, const Block& block,
                      std::span<float> grad_x);

// Along each line of the block: g − e^y · Σ_t g_t, y the log-softmax.
void log_softmax_backward(std::span<const float> grad, std::span<const float> y, const Block& block,
                          std::span<float> grad_x);

}  // namespace tinytorch::kernels
