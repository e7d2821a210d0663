#pragma once
// Conv2d: small filters that slide over images.
// Given (conv2d.cpp); the kernels are written in the convolutions module.

#include "tinytorch/autograd/convolution.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

struct Conv2dOptions {
  Extent2 stride = 1;
  Padding4 padding = 0;
  std::int64_t groups = 1;  // in_channels makes it depthwise
  bool bias = true;
  Extent2 dilation = 1;
};

// Parameters "weight" [out, in/groups, kernel.height, kernel.width] and, with bias, "bias" [out].
class Conv2d : public Module {
 public:
  // Both drawn from U(−b, b), b = 1/√(in/groups · kernel.area()), weight first, as PyTorch does.
  // Throws Error when a size is below 1 or the channels cannot be divided by the groups.
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, const Extent2& kernel,
         const Conv2dOptions& options = {}, Rng& rng = default_rng());

  // x [N, in, H, W] → [N, out, H', W'], H' and W' as kernels::window_places() counts them:
  // floor((H + 2·padding − kernel)/stride) + 1 without dilation and with equal padding.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "Conv2d(1, 16, kernel_size=3, stride=1, padding=1)"

  const Tensor& weight() const { return weight_; }
  // Undefined without a bias.
  const Tensor& bias() const { return bias_; }
  std::int64_t in_channels() const { return weight_.size(1) * options_.groups; }
  std::int64_t out_channels() const { return weight_.size(0); }
  Extent2 kernel() const { return {weight_.size(2), weight_.size(3)}; }
  const Conv2dOptions& options() const { return options_; }

 private:
  Conv2dOptions options_;
  Tensor weight_;
  Tensor bias_;
};

}  // namespace tinytorch::nn
