// Gemm and MatMul: linear layers.

#include "tinytorch/core/error.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/lowering.h"

namespace tinytorch::onnx {
namespace {

// [in, out] → [out, in], times alpha.
SourceTensor outputs_first(const SourceTensor& weight, float alpha) {
  const auto in = static_cast<std::size_t>(weight.shape[0]);
  const auto out = static_cast<std::size_t>(weight.shape[1]);
  std::vector<float> values(weight.count());
  for (std::size_t i = 0; i < in; ++i) {
    for (std::size_t o = 0; o < out; ++o) values[o * in + i] = alpha * weight.floats()[i * out + o];
  }
  return {{weight.shape[1], weight.shape[0]}, std::move(values)};
}

void require_weight(const SourceTensor& weight) {
  if (weight.is_float() && weight.shape.size() == 2 && weight.count() > 0) return;
  throw Error(tinytorch::concat("its weight ", describe(weight.shape),
                                " is not a matrix of floats; a product of more dimensions would "
                                "need a layer of its own"));
}

// Column i of the network's weight is ONNX's column for the feature that stands at i.
std::vector<float> reordered_columns(const SourceTensor& weight, const View& x) {
  const auto in = static_cast<std::size_t>(weight.shape[1]);
  std::vector<float> values = weight.floats();
  if (x.order.empty()) return values;
  for (std::size_t o = 0; o < static_cast<std::size_t>(weight.shape[0]); ++o) {
    for (std::size_t i = 0; i < in; ++i) {
      values[o * in + static_cast<std::size_t>(x.order[i])] = weight.floats()[o * in + i];
    }
  }
  return values;
}

// The order of the first sample says it for all: each has its own values.
void require_same_samples(const View& x) {
  const auto features = static_cast<std::size_t>(x.shape[1]);
  for (std::size_t i = 0; i < x.order.size(); ++i) {
    const auto sample = static_cast<std::int64_t>(i / features * features);
    if (x.order[i] != x.order[i % features] + sample) {
      throw Error("a Reshape or Transpose before it mixes the samples of a batch");
    }
  }
}

}  // namespace

void Lowering::gemm(const SourceNode& node) {
  const SourceTensor& given = constant(node, 1, "weight");
  require_weight(given);
  if (node.integer("transA", 0) != 0) {
    throw Error("transA is 1: the samples of a batch would be its columns");
  }
  const float alpha = node.number("alpha", 1.0f);
  SourceTensor weight = given;
  if (node.integer("transB", 0) == 0) {
    weight = outputs_first(given, alpha);
  } else {
    for (float& value : std::get<0>(weight.values)) value *= alpha;
  }
  const auto out = static_cast<std::size_t>(weight.shape[0]);
  std::vector<float> bias;
  if (node.has_input(2)) {
    const SourceTensor& c = constant(node, 2, "bias");
    const bool row =
        c.shape.empty() || c.shape.size() == 1 || (c.shape.size() == 2 && c.shape[0] == 1);
    if (!c.is_float() || !row || (c.count() != 1 && c.count() != out)) {
      throw Error(tinytorch::concat("its bias is ", describe(c.shape), "; expected [",
                                    weight.shape[0], "]"));
    }
    for (std::size_t o = 0; o < out; ++o) {
      bias.push_back(node.number("beta", 1.0f) * c.floats()[c.count() == 1 ? 0 : o]);
    }
  }
  linear(node, placed(node, 0), weight, bias);
}

void Lowering::matmul(const SourceNode& node) {
  if (input(node, 0)->constant) throw Error("multiplies a constant by what the network computes");
  if (!input(node, 1)->constant) {
    throw Error(
        "multiplies two values that the network computes, as attention does. It would need "
        "a layer for products of two values in nn/ and its integer form");
  }
  const SourceTensor& given = constant(node, 1, "weight");
  require_weight(given);
  linear(node, placed(node, 0), outputs_first(given, 1.0f), {});
}

void Lowering::linear(const SourceNode& node, const View& x, const SourceTensor& weight,
                      const std::vector<float>& bias) {
  const std::int64_t in = weight.shape[1];
  if (x.shape.empty() || x.shape.back() != in) {
    throw Error(tinytorch::concat("its input is ", describe(x.shape), ", its weight takes ", in,
                                  " features"));
  }
  if (network_.hints().convolutions.contains(node.outputs[0])) {
    return linear_as_convolution(node, x, weight, bias);
  }
  const View from = x.shape.size() == 2 ? network_.as_features(x, node.name) : network_.as_is(x);
  if (x.shape.size() == 2) require_same_samples(from);
  Rng rng(0);
  auto layer = std::make_shared<nn::Linear>(in, weight.shape[0],
                                            nn::LinearOptions{.bias = !bias.empty()}, rng);
  fill(layer->weight(), reordered_columns(weight, x.shape.size() == 2 ? from : View{}), "weight");
  if (!bias.empty()) fill(layer->bias(), bias, "bias");
  define(node, network_.add(node.name, {from.value}, std::move(layer), node.outputs[0]), true);
}

// The value [N, F] is the image [N, F, 1, 1] here.
void Lowering::linear_as_convolution(const SourceNode& node, const View& x,
                                     const SourceTensor& weight, const std::vector<float>& bias) {
  const View image{x.value, {x.shape[0], x.shape[1], 1, 1}, x.order};
  const View from = network_.as_image(image);
  Rng rng(0);
  auto layer = std::make_shared<nn::Conv2d>(weight.shape[1], weight.shape[0], 1,
                                            nn::Conv2dOptions{.bias = !bias.empty()}, rng);
  fill(layer->weight(), weight.floats(), "weight");
  if (!bias.empty()) fill(layer->bias(), bias, "bias");
  View result = network_.add(node.name, {from.value}, std::move(layer), node.outputs[0]);
  result.shape = {x.shape[0], weight.shape[0]};
  define(node, result, true);
}

}  // namespace tinytorch::onnx
