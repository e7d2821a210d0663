#include "tinytorch/quantization/qat/detail/straight_through.h"

#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {

Tensor straight_through(const char* name, const Tensor& smooth, std::span<const std::int8_t> codes,
                        QParams grid, const ConvSpec& spec) {
  Tensor values(smooth.shape());
  dequantize(codes, grid, values.data());
  const bool blocked = spec.clip_gradient == ClipGradient::kBlocked;
  return autograd::record(name, values, {smooth},
                          [smooth, grid, blocked, bits = spec.activation_bits](const Tensor& grad) {
                            if (!blocked) return std::vector<Tensor>{grad};
                            const std::vector<std::uint8_t> mask =
                                ste_mask(smooth.data(), grid, full_range(bits));
                            Tensor passed = grad.clone();
                            const std::span<float> to = passed.data();
                            for (std::size_t i = 0; i < mask.size(); ++i) {
                              if (mask[i] == 0) to[i] = 0.0f;
                            }
                            return std::vector<Tensor>{passed};
                          },
                          {autograd::read_if(blocked, smooth)});
}

}  // namespace tinytorch::quantization
