#pragma once
// Pooling layers on [N, C, H, W] (formulas: autograd/pooling.h).
// Given (pooling.cpp); the kernels are written in the convolutions module.

#include "tinytorch/autograd/pooling.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// stride 0 means: as large as the kernel, windows side by side. How much padding there may be:
// kernels/axis_windows.h.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(const Extent2& kernel, const Extent2& stride = 0, const Padding4& padding = 0);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  const ops::PoolOptions& options() const { return options_; }

 private:
  ops::PoolOptions options_;
};

class AvgPool2d : public Module {
 public:
  // count_include_pad: whether padding counts as zeros, or only what is inside the image counts.
  explicit AvgPool2d(const Extent2& kernel, const Extent2& stride = 0, const Padding4& padding = 0,
                     bool count_include_pad = true);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  const ops::PoolOptions& options() const { return options_; }

 private:
  ops::PoolOptions options_;
};

// [N, C, H, W] → [N, C, height, width]; 1 × 1 is global average pooling.
class AdaptiveAvgPool2d : public Module {
 public:
  explicit AdaptiveAvgPool2d(std::int64_t height = 1, std::int64_t width = 1)
      : height_(height), width_(width) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }

 private:
  std::int64_t height_;
  std::int64_t width_;
};

}  // namespace tinytorch::nn
