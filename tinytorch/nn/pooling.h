#pragma once
// Pooling layers on [N, C, H, W] (formulas: autograd/pooling.h).
// Given (pooling.cpp); the kernels are written in the convolutions module.

#include "tinytorch/autograd/pooling.h"
#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// stride 0 means: as large as the kernel, windows side by side.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  const ops::PoolOptions& options() const { return options_; }

 private:
  ops::PoolOptions options_;
};

class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0);
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
