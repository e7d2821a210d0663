// The LSQ operation: plumbing around module 15's fake quantization and scale gradient.
#include "tinytorch/autograd/node.h"
#include "tinytorch/quantization/fake_quant.h"

namespace tinytorch::quantization {

// The values and the gradient of x are those of fake_quantize() with the scale as a constant: one
// rounding and one mask, whichever of the two is trained with.
Tensor fake_quantize_lsq(const Tensor& x, const Tensor& scale, QRange range) {
  const QParams params{scale.item(), 0};
  Tensor leaf = x.detach();
  leaf.set_requires_grad();
  const Tensor plain = fake_quantize(leaf, params, range);
  return autograd::record(
      "fake_quantize_lsq", plain.detach(), {x, scale},
      [=](const Tensor& grad) -> std::vector<Tensor> {
        const float grad_scale = lsq_scale_gradient(x.data(), grad.data(), params.scale, range);
        return {plain.node()->backward(grad).front(), Tensor::full(scale.shape(), grad_scale)};
      });
}

}  // namespace tinytorch::quantization
