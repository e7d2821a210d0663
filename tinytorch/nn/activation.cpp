#include "tinytorch/nn/activation.h"

#include <cmath>

#include "tinytorch/autograd/math.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

Tensor ReLU::forward(const Tensor& x) { return ops::relu(x); }

Tensor ReLU6::forward(const Tensor& x) { return ops::clamp(x, 0.0f, 6.0f); }

Tensor GELU::forward(const Tensor& x) { return ops::gelu(x, form_); }

std::string GELU::describe() const {
  return form_ == ops::Gelu::kTanh ? "GELU(approximate='tanh')" : "GELU()";
}

Tensor Sigmoid::forward(const Tensor& x) { return ops::sigmoid(x); }

Tensor Tanh::forward(const Tensor& x) { return ops::tanh(x); }

LeakyReLU::LeakyReLU(float slope) : slope_(slope) {
  if (!std::isfinite(slope)) throw Error(concat("leaky_relu: slope ", slope, " is not finite"));
}

Tensor LeakyReLU::forward(const Tensor& x) { return ops::leaky_relu(x, slope_); }

std::string LeakyReLU::describe() const { return concat("LeakyReLU(slope=", slope_, ")"); }

Hardtanh::Hardtanh(float low, float high) : low_(low), high_(high) {
  if (!std::isfinite(low) || !std::isfinite(high) || low >= high) {
    throw Error(concat("hardtanh: range ", low, " to ", high,
                       "; expected two finite numbers, the lower one first"));
  }
}

Tensor Hardtanh::forward(const Tensor& x) { return ops::clamp(x, low_, high_); }

std::string Hardtanh::describe() const { return concat("Hardtanh(", low_, ", ", high_, ")"); }

Tensor Hardsigmoid::forward(const Tensor& x) { return ops::hardsigmoid(x); }

Tensor Hardswish::forward(const Tensor& x) { return ops::hardswish(x); }

Tensor SiLU::forward(const Tensor& x) { return ops::silu(x); }

Tensor Softmax::forward(const Tensor& x) { return ops::softmax(x, dim_); }

std::string Softmax::describe() const { return concat("Softmax(dim=", dim_, ")"); }

}  // namespace tinytorch::nn
