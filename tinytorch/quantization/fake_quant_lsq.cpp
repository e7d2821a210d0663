// The LSQ operation: plumbing around module 15's mask and scale gradient.
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/affine.h"
#include "tinytorch/quantization/fake_quant.h"

namespace tinytorch::quantization {

Tensor fake_quantize_lsq(const Tensor& x, const Tensor& scale, QRange range) {
  const QParams params{scale.item(), 0};
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), params, range, codes);
  Tensor result(x.shape());
  dequantize(codes, params, result.data());
  return autograd::record(
      "fake_quantize_lsq", result, {x, scale}, [=](const Tensor& grad) -> std::vector<Tensor> {
        const std::vector<std::uint8_t> mask = ste_mask(x.data(), params, range);
        Tensor grad_x(x.shape());
        for (std::size_t i = 0; i < mask.size(); ++i) {
          grad_x.data()[i] = mask[i] != 0 ? grad.data()[i] : 0.0f;
        }
        const float grad_scale = lsq_scale_gradient(x.data(), grad.data(), params.scale, range);
        return {grad_x, Tensor::full(scale.shape(), grad_scale)};
      });
}

}  // namespace tinytorch::quantization
