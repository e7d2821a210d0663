#include "tinytorch/nn/activation.h"

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

Tensor Softmax::forward(const Tensor& x) { return ops::softmax(x, dim_); }

std::string Softmax::describe() const { return concat("Softmax(dim=", dim_, ")"); }

}  // namespace tinytorch::nn
