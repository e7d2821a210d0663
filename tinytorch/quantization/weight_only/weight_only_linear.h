#pragma once
// Weights alone in few bits: a linear layer that holds nothing but packed codes and computes in
// float, and a whole model of them. Needs no calibration. Given.
//
// What it saves is memory: a weight takes bits/32 of its bytes, and its scales. What it costs is
// time: each forward pass unpacks and dequantizes all out · in weights once, however many inputs
// there are, and then multiplies as many floats as before. So it pays where weights do not fit, or
// where fetching them takes longer than unpacking them; the integer layers (quantized_linear.h,
// dynamic_linear.h) are the fast ones.
//
// Source: Frantar et al., "GPTQ: Accurate post-training quantization for generative pre-trained
// transformers", 2022, for this form of storage (the rounding here is plain).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tinytorch/nn/linear_map.h"
#include "tinytorch/nn/replace_linears.h"
#include "tinytorch/quantization/weight_only/quantized_tensor.h"

namespace tinytorch::quantization {

// Buffer "bias" [out], if there is one; no parameter. Codes do not belong to the state:
// weight_only_file.h stores them.
class WeightOnlyLinear : public nn::LinearMap {
 public:
  // Rows of W that are floats at a time: one forward pass holds kRows · (in + rows of x) of them.
  static constexpr std::int64_t kRows = 64;

  // weight [out, in]; bias [out] is copied, or undefined. Throws Error when they do not fit.
  WeightOnlyLinear(QuantizedTensor weight, const Tensor& bias);

  // x [..., in] → x·Ŵᵀ + b [..., out], Ŵ the dequantized weight: ops::linear to the rounding of a
  // sum. x gets its gradient, grad · Ŵ; the weight gets no gradient. Throws Error on another width.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "WeightOnlyLinear(64, 32, 4 bits per group of 32, …)"

  std::int64_t in_features() const override { return weight_->columns(); }
  std::int64_t out_features() const override { return weight_->rows(); }
  const Tensor& bias() const override { return bias_; }
  const QuantizedTensor& weight() const { return *weight_; }

 private:
  std::shared_ptr<const QuantizedTensor> weight_;  // shared with the gradients still to be taken
  Tensor bias_;
};

// Weight-only quantization of a model: replaces, in place, each Linear of the tree that is chosen
// by a WeightOnlyLinear of its weight. Returns their paths. Convolutions, embeddings and norms stay
// in float. Throws Error as find_linears and, with the path, as quantize_tensor; the model is then
// as before.
std::vector<std::string> weight_only(nn::Module& model, const WeightScheme& scheme,
                                     const nn::LinearFilter& chosen = {});

// What the tree takes to store: bytes() of each weight that is codes, 4 for each value of its
// state.
std::int64_t stored_bytes(const nn::Module& model);

}  // namespace tinytorch::quantization
