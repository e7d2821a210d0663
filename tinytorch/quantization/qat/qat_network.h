#pragma once
// A whole network trained as the integers it will be deployed in: convolutions with their batch
// norm folded in, residual sums and pooling.
// You write this part: qat_network.cpp (quantization module). qat.h was the first step; what it
// does for a chain of linear layers, this does for a tree of modules. qat_graph.h runs the network,
// qat_node.h and qat_ops.h have the small pieces; all are given.
// Sources: Jacob et al. 2018, §3; Krishnamoorthi, "Quantizing deep convolutional networks for
// efficient inference: A whitepaper", 2018, §3.2.

#include <memory>
#include <vector>

#include "tinytorch/core/tensor.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/quantization/deployed/quantized_network.h"
#include "tinytorch/quantization/qat/graph_nodes.h"
#include "tinytorch/quantization/qat/qat_graph.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {

// Task: A convolution and the batch norm behind it as one convolution. Batch norm with fixed
// statistics multiplies channel o by a constant and adds another, so both can move into the layer:
//     factor[o]  = γ[o] / sqrt(σ²[o] + ε)                 σ², μ: the running statistics
//     weight'[o] = weight[o] · factor[o]                  every weight of channel o
//     bias'[o]   = β[o] + (bias[o] - μ[o]) · factor[o]    bias[o] = 0 when it is undefined
// in float32, each operation rounded, in this order. Write it with the functions of namespace ops,
// so that gradients reach weight, bias, γ and β. weight [out, in/groups, k, k]; results of the
// shapes [out, in/groups, k, k] and [out].
// Example: γ 3, σ² + ε = 4, μ 2, β 1, weight 0.5, no bias: factor 1.5, weight' 0.75, bias' -2.
// Throws Error (given) unless the batch norm has as many channels as weight has outputs.
WeightAndBias fold_batch_norm(const Tensor& weight, const Tensor& bias,
                              const nn::BatchNorm2d& norm);

// What qat_conv2d knows about where it stands.
struct ConvContext {
  std::vector<float> scales{};   // of the weight, [out]
  QParams input{};               // of x
  Observer* observer = nullptr;  // of the output; not null
  bool observe = false;
  ConvSpec spec{};
};

// Task: A convolution forward, in the integers of deployment, with straight-through
// gradients. x [N, in, H, W] holds the values of codes with the parameters `input`, layer.weight
// [out, in/groups, k, k] those of codes with `scales`; returns [N, out, H', W'], the values of the
// output's codes.
//   1. deployed = deploy_conv2d(layer, scales, input, spec)
//   2. codes = quantize(x) over full_range(activation_bits), then to_channels_last (layout.h)
//      acc = deployed.accumulate(codes, {N, H, W});   real = deployed.real_outputs(acc)
//   3. if `observe`: the observer sees real
//   4. output = choose_qparams_asymmetric(the observer's range) over full_range(activation_bits);
//      deployed.set_output(output, that range, dialect)
//   5. y = dequantize(deployed.requantize_outputs(acc)), then to_channels_first
// Recorded as "qat_conv2d" with inputs {x, weight, bias}. Backward: ops::conv2d_gradients of
//     g[i] = grad[i] where real[i] was not clipped, 0 elsewhere. Clipped is
//       by the quantizer (for ClipGradient::kBlocked): where ste_mask(real, output,
//         full_range(activation_bits)) is 0
//       by the activation: real <= 0 under kRelu; real <= 0 or real >= 6 under kRelu6
// with the x and layer.weight given: they are the dequantized values. Mind the two layouts: real
// is channels-last, grad is not.
Tensor qat_conv2d(const Tensor& x, const WeightAndBias& layer, const ConvContext& context);

// Task: The steps of a module tree, in the order in which they run. Walk the tree depth
// first; the value that a module reads is the one the module before it wrote, 0 for the first.
//     Sequential                  its children, one after the other
//     Residual                    body, then shortcut, both read the block's input; then a kAdd
//                                 that reads the two, body first. No shortcut: the input itself
//     Conv2d, Linear, pools,      a node each: own_node() (qat_node.h) makes it. With or without
//     Flatten                     a bias: an undefined one counts as 0
//     BatchNorm2d                 joins the Conv2d directly before it, once, and before a ReLU
//     ReLU, ReLU6                 joins the Conv2d, Linear or Residual sum directly before it
//     Dropout                     passed over: in deployment it does nothing
// "Directly before" means: the last node made, in the same branch, and it wrote the value being
// read. A ReLU at the head of a body must not be fused into the layer before the block: the
// shortcut reads that layer's value too. join_batch_norm() and join_activation() (qat_node.h) join
// them, and throw Error where there is no such node.
// A node's path joins the names of children(): "3.body.0"; a kAdd's is its Residual's.
// refuse_layer() anything else: "match_network: 3.body.1, Sigmoid(), …".
std::vector<QatNode> match_network(const nn::Module& model);

// Given. The network to calibrate and train, of the steps of match_model() (graph_nodes.h): those
// of match_network() where the model is a tree of its layers, of match_graph() otherwise.
std::shared_ptr<QatNetwork> prepare_network(const nn::Module& model, const QConfig& config);

// Task: The deployed network, in config.dialect, with the parameters the observers hold now.
// net.value_qparams(v) are the parameters of value v; node i writes value i + 1. Node by node:
//     kConv          deploy_conv2d(net.folded(i), net.scales(…), parameters of what it reads, spec)
//                    with the output set to those of what it writes
//     kLinear        deploy_linear() of the same. Directly behind a Flatten of [C, H, W] its
//                    columns come in the order (c, h, w), deployed codes in the order (h, w, c):
//                    reorder each row with to_channels_last first
//     kAdd           a QuantizedAdd with all three parameters and the activation (image_ops.h)
//     pools, Flatten as they are
//     kinds that is_other() names (graph_nodes.h), which match_network does not make: what
//                    deploy_other(net, i) makes of them
// Throws Error before calibration.
QuantizedNetwork convert_network(const QatNetwork& net);

}  // namespace tinytorch::quantization
