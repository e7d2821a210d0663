// Train the integers you deploy. The contract is tinytorch/quantization/qat/qat.h.
#include "tinytorch/quantization/qat/qat.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/integer_linear.h"
#include "tinytorch/quantization/qat/fake_quant.h"
#include "tinytorch/quantization/qat/linear_gradients.h"
#include "tinytorch/quantization/qat/qat_ops.h"
// BEGIN SOLUTION 15.20 helper
#include "tinytorch/core/engine_form.h"
#include "tinytorch/quantization/qat/detail/unclipped_sums.h"
// END SOLUTION 15.20

namespace tinytorch::quantization {

// TASK 15.19
QuantizedLinear quantize_linear(const Tensor& weight, const Tensor& bias, QParams input,
                                int weight_bits, bool relu) {
  if (bias.defined()) require_finite("quantize_linear", "bias", bias.data());
  // Scales, then codes: you wrote every call this needs. with_bias() and scale_zero_rows()
  // (qat_ops.h) take care of an undefined bias and of rows of zeros; the header says how a scale is
  // adjusted to its bias. weight.data() is a span, weight.size(0) the number of outputs.
  // Try it by hand first: input scale 0.5, weights {1.27, -0.5}, bias 3 → weight scale 0.01, codes
  // 127 and -50, bias code 600.
  // BEGIN SOLUTION 15.19
  const Tensor offset = with_bias(weight, bias).bias;
  std::vector<float> scales = channel_scales(weight.data(), weight.size(0), weight_bits);
  scale_zero_rows(scales, weight, offset, input.scale);
  const auto limit = static_cast<float>(kMaxBiasCode);
  for (std::size_t o = 0; o < scales.size(); ++o) {
    scales[o] = std::max({scales[o], kMinScale, kMinScale / input.scale});
    const float magnitude = std::abs(offset.data()[o]);
    if (magnitude / (input.scale * scales[o]) > limit) {
      scales[o] = magnitude / (input.scale * (limit / 2.0f));
    }
  }
  std::vector<std::int8_t> codes(static_cast<std::size_t>(weight.numel()));
  quantize_per_channel(weight.data(), scales, weight_bits, codes);
  std::vector<std::int32_t> bias_codes = quantize_bias(offset.data(), input.scale, scales);
  return {codes, std::move(scales), std::move(bias_codes), input, weight_bits, relu};
  // END SOLUTION 15.19
}

// BEGIN SOLUTION 15.20 helper
namespace {

// 1 where a sum became a code without being clipped, by the quantizer or by the ReLU.
std::vector<std::uint8_t> unclipped(const QuantizedLinear& layer,
                                    std::span<const std::int32_t> acc) {
  ENGINE_FORM(return detail::unclipped_sums(layer, acc);)
  const std::span<const float> multipliers = layer.multipliers();
  const auto [low, high] = layer.output_range();
  std::vector<std::uint8_t> mask;
  for (std::size_t i = 0; i < acc.size(); ++i) {
    const float product = static_cast<float>(acc[i]) * multipliers[i % multipliers.size()];
    const double code = double{std::nearbyint(product)} + layer.output().zero_point;
    const bool shut = layer.relu() && acc[i] <= 0;
    mask.push_back(code >= low && code <= high && !shut ? 1 : 0);
  }
  return mask;
}

}  // namespace
// END SOLUTION 15.20

// TASK 15.20
Tensor qat_linear(const Tensor& x, const QatLayer& layer, QParams input, const QConfig& config,
                  bool observe) {
  const Tensor weight = layer.linear->weight();
  const Tensor bias = layer.linear->bias();
  // Forward: the four steps in the header, all with functions you have. Backward: the result is a
  // staircase, so use the gradients of the linear layer it approximates (linear_gradients.h), with
  // the weights that were really used, and no gradient where a code was clipped.
  // Try it by hand first: sum 300, multiplier 0.5 → code 150, clipped to 127: no gradient passes.
  // BEGIN SOLUTION 15.20
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
  std::vector<std::uint8_t> mask = unclipped(deployed, acc);
  auto backward = [x, mask = std::move(mask), used = std::move(deployed)](const Tensor& grad) {
    const Tensor g = pass_where(mask, grad);
    return std::vector<Tensor>{input_gradient(g, x, used), weight_gradient(g, x), bias_gradient(g)};
  };
  return autograd::record("qat_linear", y, {x, weight, bias}, std::move(backward));
  // END SOLUTION 15.20
}

// TASK 15.21
std::shared_ptr<QatNetwork> prepare_qat(const nn::Sequential& model, const QConfig& config) {
  require_plain("prepare_qat", config);
  // Walk model.layers() with an index. std::dynamic_pointer_cast<nn::Linear>(layer) is null for any
  // other kind. A ReLU belongs to the Linear before it. Throw an Error that names the index and the
  // describe() of a layer that has no integer form.
  // Try it by hand first: Linear, ReLU, Linear → node "0" with kRelu reads value 0, node "2" reads
  // value 1.
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
  // One quantize_linear per node. The first reads codes with the network's input parameters, each
  // later one codes with the output parameters of the node before it. A QuantizedNode is {path,
  // inputs, layer}.
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
