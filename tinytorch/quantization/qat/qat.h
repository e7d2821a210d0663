#pragma once
// Quantization-aware training: train the very integers you will deploy.
// You write this part: qat.cpp (quantization module).
//
// The usual simulation (dequantize, float product, quantize) differs from integer inference by a
// code here and there: its float sums round, its scales multiply in another order. Here the
// forward pass *is* the deployed layer, so equality needs no tolerance; only the backward pass is
// an estimate.
// Source: Jacob et al. 2018, §3; Krishnamoorthi, "Quantizing deep convolutional networks for
// efficient inference: A whitepaper", 2018.

#include <memory>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/observers.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/qat/qat_graph.h"
#include "tinytorch/quantization/qat/qconfig.h"

namespace tinytorch::quantization {

// Task: The deployed form of a float layer. weight [out, in], bias [out]; an undefined bias (a
// Linear without one) counts as zeros: with_bias() (qat_ops.h).
//   1. scales = channel_scales(weight, out, weight_bits)
//      A row of zeros with a bias takes the scale that its bias needs: scale_zero_rows()
//      (qat_ops.h). Each scale is at least kMinScale and kMinScale / input.scale, or products would
//      underflow.
//   2. Where |bias[o]| / (input.scale · scales[o]) would exceed kMaxBiasCode, enlarge scales[o] to
//      |bias[o]| / (input.scale · (kMaxBiasCode / 2)): coarser weights in a channel whose bias
//      dwarfs them, instead of a bias that wraps.
//   3. quantize_per_channel, quantize_bias, and a QuantizedLinear of it all.
// Throws Error (given) naming the weight or the bias that is not finite.
QuantizedLinear quantize_linear(const Tensor& weight, const Tensor& bias, QParams input,
                                int weight_bits, bool relu);

// A linear layer, the ReLU fused behind it if there is one, and what watches its output.
struct QatLayer {
  std::shared_ptr<nn::Linear> linear;
  bool relu = false;
  Observer& observer;
};

// Task: One layer forward, in the integers of deployment, with straight-through gradients.
// x [n, in] holds multiples of input.scale that have codes; returns [n, out], values that the
// output codes stand for. Codes of x and y range over full_range(config.activation_bits).
//   1. deployed = quantize_linear(…);  codes = quantize(x);  acc = deployed.accumulate(codes)
//   2. if `observe`: layer.observer sees deployed.real_outputs(acc)
//   3. output = choose_qparams_asymmetric(observer's range);  deployed.set_output(output)
//   4. y = dequantize(deployed.requantize_outputs(acc))
// Recorded as "qat_linear" with inputs {x, weight, bias}; the gradient of a bias that is undefined
// goes nowhere. Backward, with
//     g[n, o] = grad[n, o] where rint(acc · multiplier[o]) + zero_point lies in
//               deployed.output_range() and, under a ReLU, acc > 0;  0 elsewhere
//     ŵ = weight codes · scale
// is  grad_x = g · ŵ,  grad_weight = gᵀ · x,  grad_bias = Σ_n g:  linear_gradients.h has all three.
Tensor qat_linear(const Tensor& x, const QatLayer& layer, QParams input, const QConfig& config,
                  bool observe);

// Task: The network to calibrate and train, over the same weights (the same nn::Linear objects).
// The model may start with Flatten; then come Linear layers, with or without a bias, each with at
// most one ReLU behind it; Dropout is skipped. Anything else throws Error naming its index and
// kind: leaving it out silently would deploy another network than the one trained. Each Linear
// becomes a QatNode (qat_node.h) of kind kLinear: its path is its index in the model as text ("0",
// "2"), it reads the value that the node before it wrote (the first one reads value 0, node i
// writes value i + 1), its activation is kRelu or kNone. QatNetwork holds nodes and config, makes
// the observers, and runs every node through qat_linear.
std::shared_ptr<QatNetwork> prepare_qat(const nn::Sequential& model, const QConfig& config);

// Task: Deploys a network that prepare_qat made, with the parameters its observers stand at now.
// Node i keeps its path and inputs and becomes the quantize_linear of its layer, with
// net.weight_bits(i) bits; its output has the parameters net.value_qparams(i + 1), and node i + 1
// reads codes with exactly those. Throws Error (value_qparams() does) before calibration.
QuantizedNetwork convert(const QatNetwork& net);

// Given. Throws Error naming `operation` unless the config is_plain() (qconfig.h): a chain of
// linear layers quantizes in one way only; prepare_network() knows the others.
void require_plain(const char* operation, const QConfig& config);
// Given. Throws Error naming the first node that is not a Linear layer, has a ReLU6, or reads
// another value than the node before it wrote.
void require_chain(const char* operation, const QatNetwork& net);

}  // namespace tinytorch::quantization
