#include "tinytorch/nn/layer_norm.h"

#include "tinytorch/autograd/normalization.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

LayerNorm::LayerNorm(Shape normalized_shape, const LayerNormOptions& options)
    : shape_(std::move(normalized_shape)), epsilon_(options.epsilon) {
  if (shape_.ndim() == 0 || shape_.numel() == 0) {
    throw Error(concat("layer_norm: normalized shape ", to_string(shape_), " holds no values"));
  }
  if (!options.affine) return;
  weight_ = register_parameter("weight", Tensor::ones(shape_));
  bias_ = register_parameter("bias", Tensor::zeros(shape_));
}

Tensor LayerNorm::forward(const Tensor& x) {
  return ops::layer_norm(x, shape_, weight_, bias_, epsilon_);
}

std::string LayerNorm::describe() const { return concat("LayerNorm(", to_string(shape_), ")"); }

}  // namespace tinytorch::nn
