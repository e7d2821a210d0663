#pragma once
// Dynamic quantization of a linear layer: int8 weights made once, int8 inputs made from each batch,
// float outputs. Needs no calibration data; pays for it at every call. Given.
//
// Dialect `ort`. Bit for bit what ONNX Runtime computes, unfused, for DynamicQuantizeLinear →
// MatMulInteger → Cast → Mul → Add.

#include <cstdint>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/int8_gemm.h"
#include "tinytorch/quantization/int8_gemm_simd.h"

namespace tinytorch::quantization {

class DynamicLinear {
 public:
  // weight [out, in], quantized per output channel, symmetric, `weight_bits` wide; bias [out] stays
  // float. Throws Error when the shapes do not fit, a weight is not finite, or in >
  // kMaxInputFeatures.
  DynamicLinear(const Tensor& weight, const Tensor& bias, int weight_bits = 8);

  // x [n, in] → y [n, out]. With p = choose_qparams_dynamic(x), codes q of x and w of the weight:
  //   acc[n, o] = Σ_k (q[n, k] - p.zero_point) · w[o, k]                      in int32
  //   y[n, o] = float(acc[n, o]) · float(p.scale · weight_scales[o]) + bias[o]
  // The parameters are the batch's: a row's result depends on the rows beside it.
  // Throws Error when x is not [n, in], or for what choose_qparams_dynamic refuses.
  Tensor forward(const Tensor& x, Isa isa = best_isa()) const;

  std::int64_t in_features() const { return weight_.in; }
  std::int64_t out_features() const { return weight_.out; }
  const std::vector<float>& weight_scales() const { return weight_scales_; }
  const std::vector<std::int8_t>& weight_codes() const { return weight_codes_; }  // [out, in]

 private:
  std::vector<float> weight_scales_;
  std::vector<std::int8_t> weight_codes_;
  PackedWeights weight_;
  std::vector<float> bias_;
};

}  // namespace tinytorch::quantization
