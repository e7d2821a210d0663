#pragma once
// Flatten: all dimensions from start_dim on become one.
// Given (flatten.cpp).

#include "tinytorch/nn/module.h"

namespace tinytorch::nn {

// [N, C, H, W] → [N, C·H·W] by default.
class Flatten : public Module {
 public:
  explicit Flatten(std::int64_t start_dim = 1) : start_dim_(start_dim) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  std::int64_t start_dim() const { return start_dim_; }

 private:
  std::int64_t start_dim_;
};

}  // namespace tinytorch::nn
