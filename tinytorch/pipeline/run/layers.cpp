#include "tinytorch/pipeline/run/layers.h"

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/nn/residual.h"

namespace tinytorch::pipeline {
namespace {

void require_sizes(const LayerSpec& layer, const std::string& where) {
  const auto kind = kLayerKindNames[static_cast<std::size_t>(layer.kind)];
  const bool has_both = layer.kind == LayerKind::kLinear || layer.kind == LayerKind::kConv2d;
  if (has_both && (layer.in < 1 || layer.out < 1)) {
    throw Error(concat(where, ": ", kind, " needs in and out of 1 or more, got in ", layer.in,
                       " and out ", layer.out));
  }
  if (layer.kind == LayerKind::kBatchNorm2d && layer.in < 1)
    throw Error(concat(where, ": ", kind, " needs in of 1 or more, got ", layer.in));
  if (layer.kind == LayerKind::kConv2d && layer.stride < 1)
    throw Error(concat(where, ": ", kind, " needs a stride of 1 or more, got ", layer.stride));
  const bool branches = !layer.body.empty() || !layer.shortcut.empty();
  if ((layer.kind == LayerKind::kResidual) == layer.body.empty() ||
      (branches && layer.kind != LayerKind::kResidual)) {
    throw Error(concat(
        where, ": ", kind,
        layer.kind == LayerKind::kResidual ? " needs a body" : " takes neither body nor shortcut"));
  }
}

std::shared_ptr<nn::Module> make_layer(const LayerSpec& layer, const std::string& where, Rng& rng) {
  require_sizes(layer, where);
  switch (layer.kind) {
    case LayerKind::kLinear:
      return std::make_shared<nn::Linear>(layer.in, layer.out,
                                          nn::LinearOptions{.bias = layer.bias}, rng);
    case LayerKind::kConv2d:
      return std::make_shared<nn::Conv2d>(layer.in, layer.out, layer.kernel,
                                          nn::Conv2dOptions{.stride = layer.stride,
                                                            .padding = layer.padding,
                                                            .groups = layer.groups,
                                                            .bias = layer.bias},
                                          rng);
    case LayerKind::kBatchNorm2d:
      return std::make_shared<nn::BatchNorm2d>(layer.in);
    case LayerKind::kRelu:
      return std::make_shared<nn::ReLU>();
    case LayerKind::kRelu6:
      return std::make_shared<nn::ReLU6>();
    case LayerKind::kGelu:
      return std::make_shared<nn::GELU>();
    case LayerKind::kSigmoid:
      return std::make_shared<nn::Sigmoid>();
    case LayerKind::kTanh:
      return std::make_shared<nn::Tanh>();
    case LayerKind::kDropout:
      return std::make_shared<nn::Dropout>(static_cast<float>(layer.drop), rng.next_u64());
    case LayerKind::kFlatten:
      return std::make_shared<nn::Flatten>();
    case LayerKind::kMaxPool2d:
      return std::make_shared<nn::MaxPool2d>(layer.kernel, layer.stride, layer.padding);
    case LayerKind::kAvgPool2d:
      return std::make_shared<nn::AvgPool2d>(layer.kernel, layer.stride, layer.padding);
    case LayerKind::kGlobalAvgPool:
      return std::make_shared<nn::AdaptiveAvgPool2d>(1, 1);
    case LayerKind::kResidual: {
      const auto body = make_layers(layer.body, where + ".body", rng);
      std::shared_ptr<nn::Module> shortcut;
      if (!layer.shortcut.empty()) shortcut = make_layers(layer.shortcut, where + ".shortcut", rng);
      return std::make_shared<nn::Residual>(body, shortcut);
    }
  }
  throw Error(where + ": a kind of layer that nobody makes");
}

}  // namespace

std::shared_ptr<nn::Sequential> make_layers(const std::vector<LayerSpec>& layers,
                                            const std::string& where, Rng& rng) {
  auto chain = std::make_shared<nn::Sequential>();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = layers[i].name.empty() ? "" : concat(" (", layers[i].name, ")");
    try {
      chain->append(make_layer(layers[i], concat(where, "[", i, "]", name), rng));
    } catch (const Error& error) {
      const std::string what = error.what();
      const bool named = what.starts_with(where);
      throw Error(named ? what : concat(where, "[", i, "]", name, ": ", what));
    }
  }
  return chain;
}

}  // namespace tinytorch::pipeline
