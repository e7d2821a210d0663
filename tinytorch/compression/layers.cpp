#include "tinytorch/compression/layers.h"

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::compression {
namespace {

template <typename... Kinds>
bool is_any(const nn::Module& module) {
  return ((dynamic_cast<const Kinds*>(&module) != nullptr) || ...);
}

// Start values that load_state_dict() replaces at once.
Rng any_rng() { return Rng(0); }

}  // namespace

LayerRole role_of(const nn::Module& layer, std::size_t index) {
  if (is_any<nn::Linear>(layer)) return LayerRole::kLinear;
  if (is_any<nn::Conv2d>(layer)) return LayerRole::kConv2d;
  if (is_any<nn::BatchNorm2d>(layer)) return LayerRole::kBatchNorm2d;
  if (is_any<nn::Flatten>(layer)) {
    if (layer.describe() == nn::Flatten().describe()) return LayerRole::kFlatten;
    throw Error(concat("structured pruning: layer ", index, " is ", layer.describe(),
                       "; only Flatten() keeps the samples apart"));
  }
  if (is_any<nn::ReLU, nn::ReLU6, nn::GELU, nn::Tanh, nn::Dropout, nn::MaxPool2d, nn::AvgPool2d,
             nn::AdaptiveAvgPool2d>(layer)) {
    return LayerRole::kPassThrough;
  }
  throw Error(concat("structured pruning: layer ", index, " is ", layer.describe(),
                     ", which mixes channels, makes something of 0, or is unknown; prune the parts "
                     "around it"));
}

bool has_weight(const nn::Module& layer) { return is_any<nn::Linear, nn::Conv2d>(layer); }

Tensor weight_of(const nn::Module& layer) {
  if (const auto* linear = dynamic_cast<const nn::Linear*>(&layer)) return linear->weight();
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer)) return conv->weight();
  throw Error(concat("weight_of: ", layer.describe(), " must be a Linear or a Conv2d"));
}

Tensor bias_of(const nn::Module& layer) {
  if (const auto* linear = dynamic_cast<const nn::Linear*>(&layer)) return linear->bias();
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer)) return conv->bias();
  throw Error(concat("bias_of: ", layer.describe(), " must be a Linear or a Conv2d"));
}

std::vector<std::size_t> weighted_layers(const nn::Sequential& model) {
  const auto layers = model.layers();
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerRole role = role_of(*layers[i], i);
    if (role == LayerRole::kLinear || role == LayerRole::kConv2d) found.push_back(i);
  }
  if (found.empty()) throw Error("structured pruning: no Linear and no Conv2d");
  return found;
}

std::shared_ptr<nn::Linear> linear_with(const Tensor& weight, const Tensor& bias) {
  Rng rng = any_rng();
  auto layer = std::make_shared<nn::Linear>(weight.size(1), weight.size(0),
                                            nn::LinearOptions{.bias = bias.defined()}, rng);
  std::vector<nn::NamedTensor> state{{"weight", weight}};
  if (bias.defined()) state.emplace_back("bias", bias);
  layer->load_state_dict(state);
  return layer;
}

std::shared_ptr<nn::Conv2d> conv2d_with(const nn::Conv2d& like, const Tensor& weight,
                                        const Tensor& bias) {
  Rng rng = any_rng();
  nn::Conv2dOptions options = like.options();
  options.bias = bias.defined();
  const std::int64_t inputs = weight.size(1) * options.groups;
  auto layer = std::make_shared<nn::Conv2d>(inputs, weight.size(0),
                                            Extent2(weight.size(2), weight.size(3)), options, rng);
  std::vector<nn::NamedTensor> state{{"weight", weight}};
  if (bias.defined()) state.emplace_back("bias", bias);
  layer->load_state_dict(state);
  return layer;
}

std::shared_ptr<nn::Module> layer_with(const nn::Module& like, const Tensor& weight,
                                       const Tensor& bias) {
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&like)) {
    return conv2d_with(*conv, weight, bias);
  }
  return linear_with(weight, bias);
}

std::shared_ptr<nn::BatchNorm2d> batch_norm_with(const nn::BatchNorm2d& like,
                                                 const BatchNormState& state) {
  auto layer =
      std::make_shared<nn::BatchNorm2d>(state.weight.size(0), like.epsilon(), like.momentum());
  layer->load_state_dict({{"weight", state.weight},
                          {"bias", state.bias},
                          {"running_mean", state.running_mean},
                          {"running_var", state.running_var}});
  return layer;
}

}  // namespace tinytorch::compression
