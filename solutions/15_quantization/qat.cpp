// Part 6 of module 15: train the integers you deploy.
#include "tinytorch/quantization/qat/qat.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/reduce.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/qat_ops.h"

namespace tinytorch::quantization {

// TASK 15.19
QuantizedLinear quantize_linear(const Tensor& weight, const Tensor& bias, QParams input,
                                int weight_bits, bool relu) {
  // Scales, then codes: you wrote every call this needs. weight.data() and bias.data() are spans;
  // weight.size(0) is the number of outputs.
  // Between the two, look after channels without weights (scale_zero_rows in qat_ops.h) and those
  // whose bias would not fit (step 2 in the header). An undefined bias: with_bias() (qat_ops.h)
  // puts zeros in its place.
  // BEGIN SOLUTION 15.19
  if (!bias.defined()) {
    return quantize_linear(weight, with_bias(weight, bias).bias, input, weight_bits, relu);
  }
  const std::int64_t out = weight.size(0);
  std::vector<float> scales = channel_scales(weight.data(), out, weight_bits);
  scale_zero_rows(scales, weight, bias, input.scale);
  for (std::size_t o = 0; o < scales.size(); ++o) {
    scales[o] = std::max({scales[o], kMinScale, kMinScale / input.scale});
    if (std::isfinite(bias.data()[o])) continue;
    throw Error(concat("quantize_linear: bias ", o, " is ", bias.data()[o],
                       "; look where training blew up"));
  }
  for (std::size_t o = 0; o < scales.size(); ++o) {
    const float magnitude = std::abs(bias.data()[o]);
    const auto limit = static_cast<float>(kMaxBiasCode);
    if (!(magnitude / (input.scale * scales[o]) <= limit)) {
      scales[o] = magnitude / (input.scale * (limit / 2.0f));
    }
  }
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight.numel()));
  quantize_per_channel(weight.data(), scales, weight_bits, codes);
  std::vector<std::int32_t> bias_codes = quantize_bias(bias.data(), input.scale, scales);
  return {codes, std::move(scales), std::move(bias_codes), input, weight_bits, relu};
  // END SOLUTION 15.19
}

// BEGIN SOLUTION 15.20 helper
namespace {

// 1 where a sum became a code without being clipped, by the quantizer or by the ReLU.
std::vector<std::uint8_t> unclipped(const QuantizedLinear& layer,
                                    std::span<const std::int32_t> acc) {
  const QRange range = layer.output_range();
  const std::span<const float> multipliers = layer.multipliers();
  const auto zero_point = static_cast<float>(layer.output().zero_point);
  const auto low = static_cast<float>(range.qmin) - zero_point;
  const auto high = static_cast<float>(range.qmax) - zero_point;
  const bool linear = !layer.relu();
  std::vector<std::uint8_t> mask(acc.size());
  const std::size_t out = multipliers.size();
  for (std::size_t row = 0; row < acc.size(); row += out) {
    for (std::size_t o = 0; o < out; ++o) {
      const std::int32_t sum = acc[row + o];
      const float steps = std::nearbyint(static_cast<float>(sum) * multipliers[o]);
      mask[row + o] = (steps >= low) & (steps <= high) & (linear | (sum > 0)) ? 1 : 0;
    }
  }
  return mask;
}

// The weights that were really used, as real numbers.
Tensor dequantized_weight(const QuantizedLinear& layer) {
  Tensor weight(Shape{layer.out_features(), layer.in_features()});
  const std::vector<std::int8_t> codes = layer.weight_codes();
  const auto in = static_cast<std::size_t>(layer.in_features());
  for (std::size_t o = 0; o < layer.weight_scales().size(); ++o) {
    dequantize(std::span(codes).subspan(o * in, in), {layer.weight_scales()[o], 0},
               weight.data().subspan(o * in, in));
  }
  return weight;
}

// Gradients of {x, weight, bias} for y = x · weightᵀ + bias, the weight being the layer's.
// g [n, out].
std::vector<Tensor> linear_gradients(const Tensor& g, const Tensor& x,
                                     const QuantizedLinear& layer) {
  using kernels::gemm;
  using kernels::Trans;
  const std::int64_t n = g.size(0);
  const std::int64_t out = layer.out_features();
  const std::int64_t in = layer.in_features();
  Tensor to_x;
  Tensor to_weight(Shape{out, in});
  Tensor to_bias(Shape{out});
  if (x.requires_grad()) {  // the network's own input does not
    const Tensor weight = dequantized_weight(layer);
    to_x = Tensor(x.shape());
    gemm(Trans::kNo, Trans::kNo, n, in, out, g.data(), weight.data(), to_x.data());
  }
  gemm(Trans::kYes, Trans::kNo, out, in, n, g.data(), x.data(), to_weight.data());
  kernels::sum_dim(g.data(), {.outer = 1, .size = n, .inner = out}, to_bias.data());
  return {to_x, to_weight, to_bias};
}

}  // namespace
// END SOLUTION 15.20

// TASK 15.20
Tensor qat_linear(const Tensor& x, const QatLayer& layer, QParams input, const QConfig& config,
                  bool observe) {
  // Forward: the four steps in the header, all with functions you have. Backward: the result of
  // the forward pass is a staircase, so use the gradients of the linear layer it approximates,
  // with the weights that were really used, and no gradient where a code was clipped.
  // kernels::gemm multiplies float matrices in place; n·out, out·in and n·in are its sizes here.
  // kernels::sum_dim adds up the rows of a gradient without losing digits.
  // BEGIN SOLUTION 15.20
  const Tensor weight = layer.linear->weight();
  const Tensor bias = layer.linear->bias();
  const QRange range = full_range(config.activation_bits);
  QuantizedLinear deployed = quantize_linear(weight, bias, input, config.weight_bits, layer.relu);

  std::vector<std::int8_t> x_codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), input, range, x_codes);
  std::vector<std::int32_t> acc(static_cast<std::size_t>(x.size(0) * deployed.out_features()));
  deployed.accumulate(x_codes, acc);
  if (observe) layer.observer.observe(deployed.real_outputs(acc));
  const Range seen = layer.observer.range();
  deployed.set_output(choose_qparams_asymmetric(seen.min, seen.max, range), range);

  std::vector<std::int8_t> y_codes(acc.size());
  deployed.requantize_outputs(acc, y_codes);
  Tensor y(Shape{x.size(0), deployed.out_features()});
  dequantize(y_codes, deployed.output(), y.data());

  std::vector<std::uint8_t> passes = unclipped(deployed, acc);
  auto backward = [x, mask = std::move(passes), used = std::move(deployed)](const Tensor& grad) {
    Tensor g(grad.shape());
    const std::span<const float> from = grad.data();
    const std::span<float> to = g.data();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = mask[i] != 0 ? from[i] : 0.0f;
    return linear_gradients(g, x, used);
  };
  return autograd::record("qat_linear", y, {x, weight, bias}, std::move(backward));
  // END SOLUTION 15.20
}

// TASK 15.21
std::shared_ptr<QatNetwork> prepare_qat(const nn::Sequential& model, const QConfig& config) {
  require_plain("prepare_qat", config);
  // Walk model.layers() with an index. std::dynamic_pointer_cast<nn::Linear>(layer) is null for
  // any other kind. A ReLU belongs to the Linear before it; describe() names what you refuse.
  // BEGIN SOLUTION 15.21
  std::vector<QatNode> nodes;
  const std::vector<std::shared_ptr<nn::Module>> floats = model.layers();
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const std::shared_ptr<nn::Module>& layer = floats[i];
    if (auto linear = std::dynamic_pointer_cast<nn::Linear>(layer)) {
      nodes.push_back({.kind = QatKind::kLinear,
                       .path = std::to_string(i),
                       .inputs = {nodes.size()},
                       .linear = linear});
      continue;
    }
    const bool is_relu = std::dynamic_pointer_cast<nn::ReLU>(layer) != nullptr;
    if (is_relu && !nodes.empty() && nodes.back().activation == Activation::kNone) {
      nodes.back().activation = Activation::kRelu;
      continue;
    }
    const bool leading_flatten = i == 0 && std::dynamic_pointer_cast<nn::Flatten>(layer) != nullptr;
    if (leading_flatten || std::dynamic_pointer_cast<nn::Dropout>(layer) != nullptr) continue;
    throw Error(concat("prepare_qat: layer ", i, ", ", layer->describe(),
                       ", has no integer form here; only Linear with one ReLU behind it does"));
  }
  return std::make_shared<QatNetwork>(model, std::move(nodes), config);
  // END SOLUTION 15.21
}

// TASK 15.22
QuantizedNetwork convert(const QatNetwork& net) {
  require_plain("convert", net.config());
  require_chain("convert", net);
  // One quantize_linear per node. The first reads the network's input parameters, each later one
  // the output parameters of the node before it. A QuantizedNode is {path, inputs, layer}.
  // BEGIN SOLUTION 15.22
  const int activation_bits = net.config().activation_bits;
  std::vector<QuantizedNode> deployed;
  QParams input = net.input_qparams();
  for (std::size_t i = 0; i < net.nodes().size(); ++i) {
    const QatNode& node = net.nodes()[i];
    const QParams output = net.value_qparams(i + 1);
    QuantizedLinear linear =
        quantize_linear(node.linear->weight(), node.linear->bias(), input, net.weight_bits(i),
                        node.activation == Activation::kRelu);
    linear.set_output(output, full_range(activation_bits));
    deployed.push_back({node.path, node.inputs, std::move(linear)});
    input = output;
  }
  return {net.value_shape(0), net.input_qparams(), activation_bits, Dialect::kOrt,
          std::move(deployed)};
  // END SOLUTION 15.22
}

}  // namespace tinytorch::quantization
