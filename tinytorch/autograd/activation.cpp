#include "tinytorch/autograd/activation.h"

#include <cmath>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/activation_backward.h"
#include "tinytorch/kernels/rows.h"
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
  return autograd::record(name, out, {x},
                          [saved, gradient](const Tensor& grad) {
                            Tensor grad_x(grad.shape());
                            gradient(grad.data(), saved.data(), grad_x.data());
                            return std::vector{grad_x};
                          },
                          {saved});
}

Tensor linewise(const char* name, const Tensor& x, std::int64_t dim, LineForward forward,
                LineGradient gradient) {
  const kernels::Block block = kernels::block_around(x.shape(), normalize_dim(name, dim, x.ndim()));
  Tensor out(x.shape());
  forward(x.data(), block, out.data());
  return autograd::record(name, out, {x},
                          [out, block, gradient](const Tensor& grad) {
                            Tensor grad_x(grad.shape());
                            gradient(grad.data(), out.data(), block, grad_x.data());
                            return std::vector{grad_x};
                          },
                          {out});
}

// Lines of neighbouring values are rows.
void softmax_lines(std::span<const float> x, const kernels::Block& block, std::span<float> out) {
  if (block.inner != 1) return kernels::softmax(x, block, out);
  kernels::softmax_rows(x, block.size, 1.0f, false, out);
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
    return pointwise("gelu", x, kernels::gelu_tanh_rows, kernels::gelu_tanh_backward,
                     Saves::kInput);
  }
  return pointwise("gelu", x, kernels::gelu, kernels::gelu_backward, Saves::kInput);
}

Tensor softmax(const Tensor& x, std::int64_t dim) {
  return linewise("softmax", x, dim, softmax_lines, kernels::softmax_backward);
}

Tensor causal_softmax(const Tensor& scores, float scale) {
  if (scores.ndim() < 2 || scores.size(-1) != scores.size(-2)) {
    throw Error(concat("causal_softmax: scores ", to_string(scores.shape()),
                       "; expected [..., n, n], as many keys as queries"));
  }
  if (!std::isfinite(scale) || scale <= 0.0f) {
    throw Error(concat("causal_softmax: scale ", scale, " is not a finite number above 0"));
  }
  Tensor out(scores.shape());
  kernels::softmax_rows(scores.data(), scores.size(-1), scale, true, out.data());
  const kernels::Block block = kernels::block_around(scores.shape(), scores.ndim() - 1);
  return autograd::record("causal_softmax", out, {scores},
                          [out, block, scale](const Tensor& grad) {
                            // What a query does not see has the probability 0, and so the gradient
                            // 0.
                            Tensor grad_x(grad.shape());
                            kernels::softmax_backward(grad.data(), out.data(), block,
                                                      grad_x.data());
                            for (float& value : grad_x.data()) value *= scale;
                            return std::vector{grad_x};
                          },
                          {out});
}

Tensor log_softmax(const Tensor& x, std::int64_t dim) {
  return linewise("log_softmax", x, dim, kernels::log_softmax, kernels::log_softmax_backward);
}

}  // namespace tinytorch::ops
