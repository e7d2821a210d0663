// From a layer to the formula that counts it: the given half of part counting.
#include <optional>
#include <string>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/pooling.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/profiling/counting.h"

namespace tinytorch::profiling {
namespace {

const nn::Module& module_of(const Layer& layer) {
  if (layer.module != nullptr) return *layer.module;
  throw Error(concat("layer_cost: layer \"", layer.name, "\" has no module"));
}

template <typename Module>
const Module& module_as(const Layer& layer) {
  const nn::Module& module = module_of(layer);
  if (const auto* as = dynamic_cast<const Module*>(&module)) return *as;
  throw Error(concat("layer_cost: layer \"", layer.name, "\" is ", module.describe(),
                     ", which is not of the kind it says; leaf_layer() finds the kind"));
}

Cost cost_of_linear(const Layer& layer) {
  const auto& linear = module_as<nn::Linear>(layer);
  return linear_cost(layer.input.numel() / linear.in_features(), linear.in_features(),
                     linear.out_features(), linear.bias().defined());
}

Cost cost_of_conv2d(const Layer& layer) {
  const auto& conv = module_as<nn::Conv2d>(layer);
  // Stride, padding and dilation are in the output's size already.
  const kernels::ConvSizes sizes{.batch = layer.input[0],
                                 .in_channels = conv.in_channels(),
                                 .in_height = layer.input[2],
                                 .in_width = layer.input[3],
                                 .out_channels = conv.out_channels(),
                                 .kernel_height = conv.kernel().height,
                                 .kernel_width = conv.kernel().width,
                                 .groups = conv.options().groups,
                                 .out_height = layer.output[2],
                                 .out_width = layer.output[3]};
  return conv2d_cost(sizes, conv.bias().defined());
}

// Everything it holds is read; pointwise layers hold it once, whatever the batch.
std::int64_t values_held(const nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : module.state_dict()) count += tensor.numel();
  return count;
}

template <typename Pool>
Cost cost_of_pool(const Layer& layer, PoolKind kind) {
  const Extent2 kernel = module_as<Pool>(layer).options().kernel;
  const std::int64_t window = checked_count("layer_cost", {kernel.height, kernel.width});
  return pool_cost(layer.input.numel(), layer.output.numel(), window, kind);
}

// Windows may differ in size by one: their sizes are added up for each line.
Cost cost_of_adaptive_pool(const Layer& layer) {
  const auto covered = [&](std::int64_t dim) {
    std::int64_t sum = 0;
    for (const kernels::Window& window :
         kernels::adaptive_windows(layer.input[dim], layer.output[dim])) {
      sum += window.end - window.begin;
    }
    return sum;
  };
  Cost cost = pool_cost(layer.input.numel(), layer.output.numel(), 1, PoolKind::kAverage);
  cost.flops =
      checked_count("layer_cost", {layer.input[0], layer.input[1], covered(2), covered(3)});
  return cost;
}

}  // namespace

std::int64_t checked_count(const char* op, std::initializer_list<std::int64_t> factors) {
  const std::optional<std::int64_t> product = checked_product(factors);
  if (product && *product <= kMaxCount) return *product;
  std::string text;
  for (const std::int64_t factor : factors) text += concat(text.empty() ? "" : " · ", factor);
  throw Error(concat(op, ": ", text, " is more than ", kMaxCount,
                     ", which no machine counts; check the sizes"));
}

Cost layer_cost(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kLinear:
      return cost_of_linear(layer);
    case LayerKind::kConv2d:
      return cost_of_conv2d(layer);
    case LayerKind::kMaxPool2d:
      return cost_of_pool<nn::MaxPool2d>(layer, PoolKind::kMax);
    case LayerKind::kAvgPool2d:
      return cost_of_pool<nn::AvgPool2d>(layer, PoolKind::kAverage);
    case LayerKind::kAdaptiveAvgPool2d:
      return cost_of_adaptive_pool(layer);
    case LayerKind::kBatchNorm2d:
    case LayerKind::kLayerNorm:
    case LayerKind::kActivation:
      return pointwise_cost(layer.output.numel(), flops_per_value(module_of(layer)),
                            values_held(module_of(layer)));
    case LayerKind::kDropout:
    case LayerKind::kFlatten:
      return {};
  }
  throw Error(concat("layer_cost: layer \"", layer.name, "\" has no kind"));
}

Cost model_cost(const std::vector<Layer>& layers) {
  Cost total;
  for (const Layer& layer : layers) {
    const Cost cost = layer_cost(layer);
    if (__builtin_add_overflow(total.flops, cost.flops, &total.flops) ||
        __builtin_add_overflow(total.bytes, cost.bytes, &total.bytes)) {
      throw Error(concat("model_cost: with layer \"", layer.name,
                         "\" the sum does not fit in 64 bits; check the sizes"));
    }
  }
  return total;
}

}  // namespace tinytorch::profiling
