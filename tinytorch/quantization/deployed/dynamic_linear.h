#pragma once
// Dynamic quantization: int8 weights made once, int8 inputs made from each batch, float outputs; a
// layer, and a whole model of them. Needs no calibration data; looks at each batch instead. Given.
//
// Dialect `ort`. Bit for bit what ONNX Runtime computes, unfused, for DynamicQuantizeLinear →
// MatMulInteger → Cast → Mul → Add.

#include <cstdint>
#include <string>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/linear_map.h"
#include "tinytorch/nn/replace_linears.h"
#include "tinytorch/quantization/int8/int8_gemm.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"

namespace tinytorch::quantization {

// Buffer "bias" [out], if there is one; no parameter.
class DynamicLinear : public nn::LinearMap {
 public:
  // weight [out, in], quantized per output channel, symmetric, `weight_bits` wide; bias [out] stays
  // float, and may be undefined. Throws Error when the shapes do not fit, a weight or a bias is
  // not finite, or in > kMaxInputFeatures.
  DynamicLinear(const Tensor& weight, const Tensor& bias, int weight_bits = 8);

  // x [..., in], n rows of it → y [..., out]. With p = choose_qparams_dynamic(x), codes q of x and
  // w of the weight:
  //   acc[n, o] = Σ_k (q[n, k] - p.zero_point) · w[o, k]                      in int32
  //   y[n, o] = float(acc[n, o]) · float(p.scale · weight_scales[o]) + bias[o]
  // The parameters are the batch's: a row's result depends on the rows beside it. For inference
  // only: a backward pass that comes here throws Error. Throws Error when x has another width,
  // for what choose_qparams_dynamic refuses, and naming an output whose product of scales
  // overflows; where it underflows, y is the bias.
  Tensor forward(const Tensor& x) override { return forward(x, best_isa()); }
  Tensor forward(const Tensor& x, Isa isa) const;
  std::string describe() const override;  // "DynamicLinear(64, 32, W8)"

  std::int64_t in_features() const override { return weight_.in; }
  std::int64_t out_features() const override { return weight_.out; }
  const Tensor& bias() const override { return bias_; }
  int weight_bits() const { return weight_bits_; }
  const std::vector<float>& weight_scales() const { return weight_scales_; }
  std::vector<std::int8_t> weight_codes() const;  // [out, in]

 private:
  int weight_bits_;
  std::vector<float> weight_scales_;
  PackedWeights weight_;
  Tensor bias_;
};

struct DynamicOptions {
  int weight_bits = 8;
  nn::LinearFilter chosen = {};
};

// Dynamic quantization of a model (PyTorch's and ONNX Runtime's quantize_dynamic): replaces, in
// place, each Linear of the tree that is chosen by a DynamicLinear of its weight, also within
// attention and transformer blocks. Returns their paths. Everything else stays in float, what one
// layer passes to the next included. Throws Error as find_linears and, with the path, as
// the constructor; the model is then as before.
std::vector<std::string> dynamic(nn::Module& model, const DynamicOptions& options = {});

}  // namespace tinytorch::quantization
