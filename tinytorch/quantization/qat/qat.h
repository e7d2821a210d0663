#pragma once
// Quantization-aware training: train the very integers you will deploy.
// You write this part: modules/15_quantization/qat.cpp.
//
// The usual simulation (dequantize, float product, quantize) differs from integer inference by a
// code here and there: its float sums round, its scales multiply in another order. Here the
// forward pass *is* the deployed layer, so equality needs no tolerance; only the backward pass is
// an estimate.
// Source: Jacob et al. 2018, §3; Krishnamoorthi, "Quantizing deep convolutional networks for
// efficient inference: A whitepaper", 2018.

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/deployed/quantized_model.h"
#include "tinytorch/quantization/qat/qat_model.h"

namespace tinytorch::quantization {

// Task 15.19. The deployed form of a float layer. weight [out, in], bias [out].
//   1. scales = channel_scales(weight, out, weight_bits)
//      A row of zeros with a bias takes the scale that its bias needs: scale_zero_rows (qat_ops.h).
//      Each is at least kMinScale / input.scale, or the product of both would underflow.
//   2. Where |bias[o]| / (input.scale · scales[o]) would exceed kMaxBiasCode, enlarge scales[o] to
//      |bias[o]| / (input.scale · (kMaxBiasCode / 2)): coarser weights in a channel whose bias
//      dwarfs them, instead of a bias that wraps.
//   3. quantize_per_channel, quantize_bias, and a QuantizedLinear of it all.
// Throws Error naming the channel when a weight or a bias is not finite.
QuantizedLinear quantize_linear(const Tensor& weight, const Tensor& bias, QParams input,
                                int weight_bits, bool relu);

// Task 15.20. One layer forward, in the integers of deployment, with straight-through gradients.
// x [n, in] holds values on the grid of `input`; returns [n, out] on the grid of the output.
// Codes of x and y range over full_range(config.activation_bits).
//   1. deployed = quantize_linear(…);  codes = quantize(x);  acc = deployed.accumulate(codes)
//   2. if `observe`: layer.observer sees deployed.real_outputs(acc)
//   3. output = choose_qparams_asymmetric(observer's range);  deployed.set_output(output)
//   4. y = dequantize(deployed.requantize_outputs(acc))
// Recorded as "qat_linear" with inputs {x, weight, bias}. Backward, with
//     ŵ = weight codes · scale, x̂ = x,
//     g[n, o] = grad[n, o] where rint(acc·multiplier[o]) + zero_point lies in
//               deployed.output_range() and, under a ReLU, acc > 0;  0 elsewhere
// is  grad_x = g · ŵ,  grad_weight = gᵀ · x̂,  grad_bias = Σ_n g.
Tensor qat_linear(const Tensor& x, QatLayer& layer, QParams input, const QConfig& config,
                  bool observe);

// Task 15.21. A QatModel over the same weights (the same nn::Linear objects), its observers with
// config.observer_momentum. The model may start with Flatten; then come Linear layers with a bias,
// each with at most one ReLU behind it; Dropout is passed over. Anything else throws Error naming
// its index and kind: silence would deploy another network than the one trained.
std::shared_ptr<QatModel> prepare_qat(const nn::Sequential& model, const QConfig& config);

// Task 15.22. The deployed network, with the parameters the observers hold now. Layer i reads
// codes with exactly the parameters that layer i-1 writes them with. Throws Error before
// calibration.
QuantizedModel convert(const QatModel& model);

}  // namespace tinytorch::quantization
