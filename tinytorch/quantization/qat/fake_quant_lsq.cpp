// The LSQ operation: plumbing around the quantization module's mask and scale gradient.
#include "tinytorch/autograd/node.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {

Tensor fake_quantize_lsq(const Tensor& x, const Tensor& scale, QRange range) {
  const float step = scale.item();
  // The mask is fake_quantize's own; what is added here is the second input.
  const Tensor rounded = fake_quantize(x, {step, 0}, range);
  return autograd::record(
      "fake_quantize_lsq", rounded.clone(), {rounded, scale},
      [x, shape = scale.shape(), step, range](const Tensor& grad) -> std::vector<Tensor> {
        const float pull = lsq_scale_gradient(x.data(), grad.data(), step, range);
        return {grad, Tensor::full(shape, pull)};
      },
      {x});
}

}  // namespace tinytorch::quantization
