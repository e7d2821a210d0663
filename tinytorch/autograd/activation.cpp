#include "tinytorch/autograd/activation.h"

#include "tinytorch/autograd/node.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/activation_backward.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch::ops {
namespace {

using Forward = void (*)(std::span<const float>, std::span<float>);
using Gradient = void (*)(std::span<const float>, std::span<const float>, std::span<float>);
using LineForward = void (*)(std::span<const float>, const kernels::Block&, std::span<float>);
using LineGradient = void (*)(std::span<const float>, std::span<const float>, const kernels::Block&,
                              std::span<float>);

enum class Saves { kInput, kResult };  // what the gradient's formula is written in

Tensor pointwise(const char* name, const Tensor& x, Forward forward, Gradient gradient,
                 Saves saves) {
  Tensor out(x.shape());
  forward(x.data(), out.data());
  const Tensor saved = saves == Saves::kInput ? x : out;
  return autograd::record(name, out, {x}, [saved, gradient](const Tensor& grad) {
    Tensor grad_x(grad.shape());
    gradient(grad.data(), saved.data(), grad_x.data());
    return std::vector{grad_x};
  });
}

Tensor linewise(const char* name, const Tensor& x, std::int64_t dim, LineForward forward,
                LineGradient gradient) {
  const kernels::Block block = kernels::block_around(x.shape(), normalize_dim(name, dim, x.ndim()));
  Tensor out(x.shape());
  forward(x.data(), block, out.data());
  return autograd::record(name, out, {x}, [out, block, gradient](const Tensor& grad) {
    Tensor grad_x(grad.shape());
    gradient(grad.data(), out.data(), block, grad_x.data());
    return std::vector{grad_x};
  });
}

}  // namespace

Tensor relu(const Tensor& x) {
  return pointwise("relu", x, kernels::relu, kernels::relu_backward, Saves::kInput);
}

Tensor sigmoid(const Tensor& x) {
  return pointwise("sigmoid", x, kernels::sigmoid, kernels::sigmoid_backward, Saves::kResult);
}

Tensor tanh(const Tensor& x) {
  return pointwise("tanh", x, kernels::tanh, kernels::tanh_backward, Saves::kResult);
}

Tensor gelu(const Tensor& x, Gelu form) {
  if (form == Gelu::kTanh) {
    return pointwise("gelu", x, kernels::gelu_tanh, kernels::gelu_tanh_backward, Saves::kInput);
  }
  return pointwise("gelu", x, kernels::gelu, kernels::gelu_backward, Saves::kInput);
}

Tensor softmax(const Tensor& x, std::int64_t dim) {
  return linewise("softmax", x, dim, kernels::softmax, kernels::softmax_backward);
}

Tensor log_softmax(const Tensor& x, std::int64_t dim) {
  return linewise("log_softmax", x, dim, kernels::log_softmax, kernels::log_softmax_backward);
}

}  // namespace tinytorch::ops
