#pragma once
// A convolution quantized at each call: what DynamicLinear is to Linear. Given.
//
// Dialect `ort`: what ONNX Runtime computes, unfused, for DynamicQuantizeLinear → ConvInteger →
// Cast → Mul → Add. Codes less their zero-point are multiplied as whole numbers in float, exactly,
// which costs what a float convolution costs: this shows the accuracy of the form, not its speed.

#include <string>
#include <vector>

#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/replace_linears.h"

namespace tinytorch::quantization {

// Inputs of one output, in/groups · kernel²: up to here a float holds every sum of products exactly
// (255 · 127 · 518 < 2^24).
inline constexpr std::int64_t kMaxExactInputs = 518;

// Buffers "weight_codes" and, where there is one, "bias".
class DynamicConv2d : public nn::Module {
 public:
  // The weight per output channel, symmetric, `weight_bits` wide; the bias stays float. Throws
  // Error when an output has more than kMaxExactInputs inputs or a weight is not finite.
  explicit DynamicConv2d(const nn::Conv2d& conv, int weight_bits = 8);

  // x [N, in, H, W]; its parameters are the batch's: choose_qparams_dynamic(x). For inference only.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "DynamicConv2d(…, W8)"

  std::int64_t weight_values() const { return coded_.weight().numel(); }
  // The convolution of codes: weights are whole numbers, there is no bias.
  const nn::Conv2d& coded() const { return coded_; }
  const std::vector<float>& weight_scales() const { return scales_; }
  // Undefined without one.
  const Tensor& bias() const { return bias_; }

 private:
  nn::Conv2d coded_;  // its weights are the codes, as whole numbers; no bias
  int weight_bits_;
  std::vector<float> scales_;
  Tensor bias_;
};

// Replaces, in place, each Conv2d below `model` whose path is chosen; returns their paths. A
// container that cannot replace its children throws Error.
std::vector<std::string> dynamic_convolutions(nn::Module& model,
                                              const nn::LinearFilter& chosen = {},
                                              int weight_bits = 8);

}  // namespace tinytorch::quantization
