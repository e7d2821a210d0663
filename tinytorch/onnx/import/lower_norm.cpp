// Normalizations and Softmax.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/onnx/import/detail/fold.h"
#include "tinytorch/onnx/import/detail/lowering.h"

namespace tinytorch::onnx {
namespace {

const std::vector<float>& floats(const SourceTensor& tensor, const char* what, std::int64_t count) {
  if (tensor.is_float() && static_cast<std::int64_t>(tensor.count()) == count) {
    return tensor.floats();
  }
  throw Error(
      concat("its ", what, " is ", describe(tensor.shape), "; expected ", count, " floats"));
}

}  // namespace

// On images a BatchNorm2d, which conversion folds into the convolution before it; on features a
// scale and a shift.
void Lowering::batch_norm(const SourceNode& node) {
  if (node.integer("training_mode", 0) != 0) {
    throw Error("training_mode is 1; export the model for inference");
  }
  const ValuePtr& source = input(node, 0);
  if (source->shape.size() < 2) {
    throw Error(tinytorch::concat("its input is ", describe(source->shape)));
  }
  const std::int64_t channels = source->shape[1];
  const auto& scale = floats(constant(node, 1, "scale"), "scale", channels);
  const auto& bias = floats(constant(node, 2, "bias"), "bias", channels);
  const auto& mean = floats(constant(node, 3, "mean"), "mean", channels);
  const auto& variance = floats(constant(node, 4, "variance"), "variance", channels);
  const float epsilon = node.number("epsilon", 1e-5f);
  if (source->shape.size() == 2) {
    std::vector<double> factor, shift;
    for (std::size_t c = 0; c < scale.size(); ++c) {
      factor.push_back(scale[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon));
      shift.push_back(bias[c] - mean[c] * factor[c]);
    }
    const View x = network_.as_features(place(source), node.name);
    if (!x.order.empty()) throw Error("its features were moved by a Transpose before");
    return define(node, affine(node.name, source, factor, shift));
  }
  const View x = network_.as_image(place(source));
  auto layer = std::make_shared<nn::BatchNorm2d>(channels, epsilon);
  fill(layer->weight(), scale, "scale");
  fill(layer->bias(), bias, "bias");
  fill(layer->running_mean(), mean, "mean");
  fill(layer->running_var(), variance, "variance");
  View result = network_.add(node.name, {x.value}, std::move(layer), node.outputs[0]);
  result.shape = source->shape;
  define(node, result);
}

void Lowering::layer_norm(const SourceNode& node) {
  const View x = network_.as_is(placed(node, 0));
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  std::size_t axis = 0;
  if (node.has("axes")) {  // of a pattern: those that are averaged over must be the last ones
    Sizes axes = node.integers("axes", {});
    for (std::int64_t& each : axes) {
      each = static_cast<std::int64_t>(checked_axis(each, x.shape.size()));
    }
    std::sort(axes.begin(), axes.end());
    Sizes last(axes.size());
    std::iota(last.begin(), last.end(), rank - static_cast<std::int64_t>(axes.size()));
    if (axes != last) throw Error("normalizes over other axes than the last ones");
    axis = static_cast<std::size_t>(last[0]);
  } else {
    axis = checked_axis(node.integer("axis", -1), x.shape.size());
  }
  if (axis == 0) throw Error("normalizes over the batch");
  const Sizes shape(x.shape.begin() + static_cast<std::ptrdiff_t>(axis), x.shape.end());
  const bool has_weight = node.has_input(1);
  auto layer = std::make_shared<nn::LayerNorm>(
      Shape(shape),
      nn::LayerNormOptions{.epsilon = node.number("epsilon", 1e-5f), .affine = has_weight});
  if (has_weight) {
    const std::int64_t count = checked_count(shape);
    fill(layer->weight(), floats(constant(node, 1, "weight"), "weight", count), "weight");
    std::vector<float> bias(static_cast<std::size_t>(count), 0.0f);
    if (node.has_input(2)) bias = floats(constant(node, 2, "bias"), "bias", count);
    fill(layer->bias(), bias, "bias");
  }
  define(node, network_.add(node.name, {x.value}, std::move(layer), node.outputs[0]));
}

// Before operator set 13 the dimensions from the axis on were one.
void Lowering::softmax(const SourceNode& node) {
  View x = placed(node, 0);
  const bool older = graph_.opset < 13;
  const std::size_t axis = checked_axis(node.integer("axis", older ? 1 : -1), x.shape.size());
  if (axis == 0) throw Error("runs over the batch");
  if (older) {
    for (std::size_t i = axis + 1; i < x.shape.size(); ++i) {
      if (x.shape[i] != 1) {
        throw Error(
            "runs over several dimensions as one, which no layer here does; export the "
            "model for operator set 13 or later");
      }
    }
  }
  x = x.shape.size() == 2 ? network_.as_features(x, node.name) : network_.as_is(x);
  auto layer = std::make_shared<nn::Softmax>(static_cast<std::int64_t>(axis));
  View result = network_.add(node.name, {x.value}, std::move(layer), node.outputs[0]);
  result.shape = x.shape;
  result.order = x.order;
  define(node, result);
}

}  // namespace tinytorch::onnx
