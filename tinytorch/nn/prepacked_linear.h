#pragma once
// A linear layer that only answers: its weight is rearranged for the matrix product once, where
// Linear, whose weight may change before the next call, does it every time. Given.

#include <string>
#include <vector>

#include "tinytorch/kernels/gemm/packed_gemm.h"
#include "tinytorch/nn/replace_linears.h"

namespace tinytorch::nn {

// Buffer "bias" [out], if there is one; no parameter. Takes 4 · in · out bytes, out rounded up to
// kernels::kFloatPanel.
class PrepackedLinear : public LinearMap {
 public:
  // Copies weight and bias as they are now.
  explicit PrepackedLinear(const Linear& linear);

  // x [..., in] → x·Wᵀ + b [..., out], bit for bit the same for any number of rows and threads;
  // Linear's result to the rounding of a sum. A backward pass that comes here throws Error, and so
  // does x of another width.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "PrepackedLinear(64, 32)"

  std::int64_t in_features() const override { return weight_.k; }
  std::int64_t out_features() const override { return weight_.n; }
  const Tensor& bias() const override { return bias_; }

 private:
  kernels::PackedFloats weight_;
  Tensor bias_;
};

// Replaces, in place, each Linear of the tree that is chosen. Returns their paths. Throws Error as
// find_linears.
std::vector<std::string> prepack_linears(Module& model, const LinearFilter& chosen = {});

}  // namespace tinytorch::nn
