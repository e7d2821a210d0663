#include "tinytorch/quantization/qat/linear_gradients.h"

#include "tinytorch/core/require.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/reduce.h"
#include "tinytorch/quantization/arithmetic/per_channel.h"

namespace tinytorch::quantization {

using kernels::gemm;
using kernels::Trans;

Tensor pass_where(std::span<const std::uint8_t> mask, const Tensor& grad) {
  require_same_size("pass_where", mask.size(), static_cast<std::size_t>(grad.numel()));
  Tensor passed(grad.shape());
  const std::span<const float> from = grad.data();
  const std::span<float> to = passed.data();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = mask[i] != 0 ? from[i] : 0.0f;
  return passed;
}

Tensor input_gradient(const Tensor& g, const Tensor& x, const QuantizedLinear& layer) {
  if (!x.requires_grad()) return {};
  Tensor weight(Shape{layer.out_features(), layer.in_features()});
  dequantize_per_channel(layer.weight_codes(), layer.weight_scales(), weight.data());
  Tensor result(x.shape());
  gemm(Trans::kNo, Trans::kNo, g.size(0), weight.size(1), weight.size(0), g.data(), weight.data(),
       result.data());
  return result;
}

Tensor weight_gradient(const Tensor& g, const Tensor& x) {
  Tensor result(Shape{g.size(1), x.size(1)});
  gemm(Trans::kYes, Trans::kNo, g.size(1), x.size(1), g.size(0), g.data(), x.data(), result.data());
  return result;
}

Tensor bias_gradient(const Tensor& g) {
  Tensor result(Shape{g.size(1)});
  kernels::sum_dim(g.data(), {.outer = 1, .size = g.size(0), .inner = g.size(1)}, result.data());
  return result;
}

}  // namespace tinytorch::quantization
