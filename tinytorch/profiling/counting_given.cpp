// From a layer to the formula that counts it: the given half of part counting.
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/pooling.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/profiling/counting.h"

namespace tinytorch::profiling {
namespace {

Cost cost_of_linear(const Layer& layer) {
  const auto& linear = dynamic_cast<const nn::Linear&>(*layer.module);
  return linear_cost(layer.input.numel() / linear.in_features(), linear.in_features(),
                     linear.out_features(), linear.bias().defined());
}

Cost cost_of_conv2d(const Layer& layer) {
  const auto& conv = dynamic_cast<const nn::Conv2d&>(*layer.module);
  const kernels::ConvSizes sizes{.batch = layer.input[0],
                                 .in_channels = conv.in_channels(),
                                 .in_height = layer.input[2],
                                 .in_width = layer.input[3],
                                 .out_channels = conv.out_channels(),
                                 .kernel_height = conv.kernel(),
                                 .kernel_width = conv.kernel(),
                                 .stride = conv.options().stride,
                                 .padding = conv.options().padding,
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
  const std::int64_t side = dynamic_cast<const Pool&>(*layer.module).options().kernel;
  return pool_cost(layer.input.numel(), layer.output.numel(), side * side, kind);
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
  cost.flops = layer.input[0] * layer.input[1] * covered(2) * covered(3);
  return cost;
}

}  // namespace

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
      return pointwise_cost(layer.output.numel(), flops_per_value(*layer.module),
                            values_held(*layer.module));
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
    total.flops += cost.flops;
    total.bytes += cost.bytes;
  }
  return total;
}

}  // namespace tinytorch::profiling
