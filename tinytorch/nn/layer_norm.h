#pragma once
// LayerNorm: rows of mean 0 and variance 1, then a learned scale and shift.
// Given (layer_norm.cpp); the kernel is written in the layers module (kernels/layer_norm.h).

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

struct LayerNormOptions {
  float epsilon = 1e-5f;
  bool affine = true;  // scale and shift
};

// Parameters "weight" (ones) and "bias" (zeros) of normalized_shape, where affine.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(Shape normalized_shape, const LayerNormOptions& options = {});

  // x [..., normalized_shape] → the same shape. Throws Error when x does not end in that shape.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "LayerNorm([64])"

  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }
  const Shape& normalized_shape() const { return shape_; }
  float epsilon() const { return epsilon_; }

 private:
  Shape shape_;
  float epsilon_;
  Tensor weight_;
  Tensor bias_;
};

}  // namespace tinytorch::nn
