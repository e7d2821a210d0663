#pragma once
// The small pieces of a network in quantization-aware training: scales and rounding of weights,
// sums and averages whose forward pass is the deployed one. Given.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tinytorch/autograd/convolution.h"
#include "tinytorch/autograd/pooling.h"
#include "tinytorch/core/tensor.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/deployed/quantized_conv2d.h"
#include "tinytorch/quantization/deployed/quantized_linear.h"
#include "tinytorch/quantization/int8/integer_conv.h"
#include "tinytorch/quantization/qat/qconfig.h"

namespace tinytorch::quantization {

// `codes` are those that the interval will be spread over (what kHistogram and kEntropy search
// with).
std::unique_ptr<Observer> make_observer(ObserverKind kind, float momentum, QRange codes);

// A layer's weight [out, …] and bias [out].
struct WeightAndBias {
  Tensor weight;
  Tensor bias;
};
// The two of a layer; zeros for a bias that is undefined, since deployment always adds one.
WeightAndBias with_bias(const Tensor& weight, const Tensor& bias);

// Throws Error on kPerGroup.
void require_one_scale_per_output(Granularity granularity);
// One symmetric scale per output: of its own channel, or of the whole tensor for all. Throws Error
// on kPerGroup, as the next one does: an integer sum runs over all groups of a row and takes one
// scale.
std::vector<float> max_scales(const Tensor& weight, Granularity granularity, int bits);
// LSQ's first guess: 2 · mean|w| / √qmax, of each channel or of the whole; [out] or [1].
std::vector<float> lsq_scales(const Tensor& weight, Granularity granularity, int bits);
// A channel of zeros says nothing about its scale, and 1, which it has otherwise, would round its
// bias away where the input's scale is large. Gives each channel whose weights are all 0 the scale
// |bias[o]| / (input_scale · (kMaxBiasCode / 2)) instead, unless its bias is 0 too.
void scale_zero_rows(std::span<float> scales, const Tensor& weight, const Tensor& bias,
                     float input_scale);
// Enlarges, as quantize_linear does, each scale at which the product with the input's would
// underflow or its bias would exceed kMaxBiasCode. Throws Error naming a bias that is not finite or
// a scale that is not positive and finite, and when the sizes differ.
void make_room_for_bias(std::span<float> scales, const Tensor& bias, float input_scale);

// weight [out, …] rounded to the grids scales[o] with symmetric codes of `bits` bits. The gradient
// passes straight through, where kBlocked only to what was not clipped.
Tensor quantize_weight(const Tensor& weight, const std::vector<float>& scales, int bits,
                       ClipGradient clip_gradient);
// The same for scales that are learned, [out] or [1]: `learned` receives lsq_scale_gradient of each
// channel, or of the whole. `scales` are those really used.
Tensor quantize_weight_lsq(const Tensor& weight, const Tensor& learned,
                           const std::vector<float>& scales, int bits);

// What there is to say about a convolution besides its values.
struct ConvSpec {
  ops::ConvOptions options{};
  Activation activation = Activation::kNone;
  int weight_bits = 8;
  int activation_bits = 8;
  Dialect dialect = Dialect::kOrt;
  ClipGradient clip_gradient = ClipGradient::kBlocked;
};

// The deployed form of a convolution: weight [out, in/groups, kh, kw] (float, quantized here to
// `scales`, its codes then in channels-last order) and bias [out]. Its output is not set yet.
QuantizedConv2d deploy_conv2d(const WeightAndBias& layer, const std::vector<float>& scales,
                              QParams input, const ConvSpec& spec);
// The same of a linear layer, weight [out, in].
QuantizedLinear deploy_linear(const WeightAndBias& layer, const std::vector<float>& scales,
                              QParams input, const ConvSpec& spec);

// In float: x itself, ops::relu(x) or ops::clamp(x, 0, 6).
Tensor activated(const Tensor& x, Activation activation);

// y = activation(a + b): float values of the deployed sum's codes. a and b lie on their grids.
// The gradient passes where the activation and, for kBlocked, the quantizer did not clip.
Tensor qat_add(const Tensor& a, const Tensor& b, const AddGrids& grids, const ConvSpec& spec);

// Average pooling of values on `grid`, rounded as deployed; kernel 0 is the whole image. The
// gradient is the average's.
Tensor qat_average_pool(const Tensor& x, QParams grid, const ops::PoolOptions& pool,
                        const ConvSpec& spec);

}  // namespace tinytorch::quantization
