#pragma once
// Linear: y = x·Wᵀ + b.
// Written in the layers module (linear.cpp).

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/linear_map.h"

namespace tinytorch::nn {

struct LinearOptions {
  bool bias = true;
};

// Parameters "weight" [out, in] and, with bias, "bias" [out].
class Linear : public LinearMap {
 public:
  // Both drawn from U(−1/√in, 1/√in), weight first: PyTorch's default, which is Kaiming's uniform
  // initialisation with a = √5 (He et al., "Delving deep into rectifiers", 2015).
  // Throws Error unless both sizes are at least 1.
  Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options = {},
         Rng& rng = default_rng());
  Linear(std::int64_t in_features, std::int64_t out_features, Rng& rng)
      : Linear(in_features, out_features, LinearOptions{}, rng) {}

  // x [..., in] → [..., out]. Throws Error "linear: [8, 3] × [5, 4]ᵀ: inner sizes 3 and 4 differ".
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "Linear(64, 32)", "Linear(64, 32, bias=False)"

  const Tensor& weight() const { return weight_; }
  // Undefined without a bias.
  const Tensor& bias() const override { return bias_; }
  std::int64_t in_features() const override { return weight_.size(1); }
  std::int64_t out_features() const override { return weight_.size(0); }

 private:
  Tensor weight_;
  Tensor bias_;
};

}  // namespace tinytorch::nn
