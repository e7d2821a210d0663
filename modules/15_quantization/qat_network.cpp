// Part 13 of module 15: train a whole network as the integers it will be deployed in.
#include "tinytorch/quantization/qat/qat_network.h"

#include <memory>
#include <string>
#include <utility>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/residual.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/layout.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace tinytorch::quantization {

// TASK 15.41
WeightAndBias fold_batch_norm(const Tensor& weight, const Tensor& bias,
                              const nn::BatchNorm2d& norm) {
  // One factor per channel, then two products and two sums, all of them ops:: functions: training
  // sends gradients through them. ops::reshape(factor, {-1, 1, 1, 1}) meets a weight of four
  // dimensions. Square root and division in the order of the header: deployment folds with this
  // very function, and the last bit counts.
  // Try it by hand first: γ 3, σ² + ε = 4, μ 2, β 1, weight 0.5 → weight 0.75, bias 1 - 2 · 1.5.
  throw tinytorch::not_implemented("15.41");
}

// TASK 15.42
Tensor qat_conv2d(const Tensor& x, const WeightAndBias& layer, const ConvContext& context) {
  // Forward: the five steps in the header. deployed.output_size({N, H, W}) says how large the
  // result is. Backward: the convolution that the integers approximate has known gradients;
  // yours is to shut the door where something was clipped.
  throw tinytorch::not_implemented("15.42");
}

// TASK 15.44
std::vector<QatNode> match_network(const nn::Module& model) {
  // A recursive function that takes a module, its path and the number of the value it reads,
  // appends nodes, and returns the number of the value it wrote. Sequential and Residual call it
  // for their children; own_node() makes the nodes of plain layers. Keep the number of nodes at the
  // start of each branch: nothing made before may be fused into.
  throw tinytorch::not_implemented("15.44");
}

// TASK 15.45
QuantizedNetwork convert_network(const QatNetwork& net) {
  // Keep the grid of every value in a list, as you go: value 0 first, node i adds value i + 1.
  // Each QuantizedNode takes path and inputs from its QatNode, and one of QuantizedConv2d,
  // QuantizedLinear, QuantizedAdd, QuantizedPool, QuantizedFlatten. A pool takes everything that
  // node.pool says.
  throw tinytorch::not_implemented("15.45");
}

}  // namespace tinytorch::quantization
