// Part 3 of module 16: neurons and channels that are really gone.
#include "tinytorch/compression/structured.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/compression/require.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {

// TASK 16.4
std::vector<std::int64_t> kept_channels(const Tensor& weight, double ratio) {
  require_rows("kept_channels", weight);
  require_ratio("kept_channels", ratio, weight.size(0), "channels");
  require_finite("kept_channels", "weight", weight.data());
  // One norm a row of the [out, rest] matrix that every weight is. Then as in keep_largest(): order
  // the channels by norm, the largest first and stable, cut off the end, and sort what is left by
  // number again.
  // Try it by hand first: rows {1, -1}, {0, 3}, {0.5, 0}: norms 2, 3, 0.5; one of three goes: 2.
  // BEGIN SOLUTION 16.4
  const auto out = static_cast<std::size_t>(weight.size(0));
  const std::span<const float> values = weight.data();
  const std::size_t row = values.size() / out;
  std::vector<double> norms(out, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) norms[i / row] += std::abs(double{values[i]});
  std::vector<std::int64_t> order(out);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return norms[static_cast<std::size_t>(a)] > norms[static_cast<std::size_t>(b)];
  });
  const auto pruned = static_cast<std::size_t>(std::nearbyint(ratio * static_cast<double>(out)));
  order.resize(out - pruned);
  std::sort(order.begin(), order.end());
  return order;
  // END SOLUTION 16.4
}
// BEGIN SOLUTION 16.4 helper
namespace {

// Of values that lie as [rows, in, width], the given blocks of `width` in every row.
std::vector<float> gather(std::span<const float> values, std::span<const std::int64_t> channels,
                          std::int64_t rows, std::int64_t in) {
  const std::size_t width = values.size() / static_cast<std::size_t>(rows * in);
  std::vector<float> kept;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (const std::int64_t channel : channels) {
      const auto at = values.subspan(static_cast<std::size_t>(row * in + channel) * width, width);
      kept.insert(kept.end(), at.begin(), at.end());
    }
  }
  return kept;
}

}  // namespace
// END SOLUTION 16.4

Tensor select_outputs(const Tensor& tensor, std::span<const std::int64_t> channels) {
  require_channels("select_outputs", channels, tensor.size(0));
  // Dimension 0 is the outermost: channel c is one piece of numel / size(0) values.
  // Try it by hand first: {{1, 2}, {3, 4}, {5, 6}}, channels {0, 2} → {{1, 2}, {5, 6}}.
  // BEGIN SOLUTION 16.4
  std::vector<std::int64_t> sizes = tensor.shape().sizes();
  const std::vector<float> kept = gather(tensor.data(), channels, 1, sizes[0]);
  sizes[0] = static_cast<std::int64_t>(channels.size());
  return Tensor(Shape(sizes), kept);
  // END SOLUTION 16.4
}

Tensor select_inputs(const Tensor& weight, std::span<const std::int64_t> channels,
                     std::int64_t width) {
  require_input_channels("select_inputs", weight, channels, width);
  // The same cut, in every row: a channel is now `width` inputs, each with everything behind
  // dimension 1 (a convolution's kernel · kernel values).
  // Try it by hand first: {{1, 2, 3, 4}}, channels {1}, width 2 → {{3, 4}}.
  // BEGIN SOLUTION 16.4
  std::vector<std::int64_t> sizes = weight.shape().sizes();
  const std::vector<float> kept = gather(weight.data(), channels, sizes[0], sizes[1] / width);
  sizes[1] = static_cast<std::int64_t>(channels.size()) * width;
  return Tensor(Shape(sizes), kept);
  // END SOLUTION 16.4
}

// TASK 16.5
std::vector<KeptChannels> plan_pruning(const nn::Sequential& model, double ratio) {
  std::vector<std::size_t> weighted = weighted_layers(model);
  require_ratio("plan_pruning", ratio);
  // weighted_layers() lists the indices of all Linear and Conv2d; the last one keeps its outputs.
  // Try it by hand first: Linear, ReLU, Linear: weighted layers 0 and 2, so only 0 is planned.
  // BEGIN SOLUTION 16.5
  weighted.pop_back();
  const auto layers = model.layers();
  std::vector<KeptChannels> plan;
  for (const std::size_t index : weighted) {
    plan.push_back({index, kept_channels(weight_of(*layers[index]), ratio)});
  }
  return plan;
  // END SOLUTION 16.5
}
// BEGIN SOLUTION 16.5 helper
namespace {

Tensor outputs_of(const Tensor& tensor, const PlannedChannels& kept) {
  return tensor.defined() && kept ? select_outputs(tensor, *kept) : tensor;
}

Tensor inputs_of(const Tensor& weight, const PlannedChannels& kept, std::int64_t channels) {
  return kept ? select_inputs(weight, *kept, weight.size(1) / channels) : weight;
}

}  // namespace
// END SOLUTION 16.5

std::shared_ptr<nn::Sequential> shrink(const nn::Sequential& model,
                                       std::span<const KeptChannels> plan) {
  require_shrinkable("shrink", model, plan);
  // Walk through the layers with two things in your hand: how many channels there were in the
  // original, and which of them are left. A Linear or Conv2d first cuts its inputs by what you
  // hold, then its outputs by the plan, and hands on the new pair. A BatchNorm2d is cut by what you
  // hold; all others pass it on.
  // Try it by hand first: Linear(2, 3), ReLU, Linear(3, 1), keeping {0, 2} of layer 0: weights
  // [2, 2] and [1, 2].
  // BEGIN SOLUTION 16.5
  auto small = std::make_shared<nn::Sequential>();
  small->train(model.training());
  std::int64_t channels = 0;  // that the original's layer before puts out
  PlannedChannels kept;       // those of them that are left
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const std::shared_ptr<nn::Module> layer = model.layers()[i];
    std::shared_ptr<nn::Module> cut = layer;
    if (has_weight(*layer)) {
      const PlannedChannels outputs = planned(plan, i);
      const Tensor weight = outputs_of(inputs_of(weight_of(*layer), kept, channels), outputs);
      cut = layer_with(*layer, weight, outputs_of(bias_of(*layer), outputs));
      channels = weight_of(*layer).size(0);
      kept = outputs;
    } else if (const auto* norm = dynamic_cast<const nn::BatchNorm2d*>(layer.get())) {
      const auto left = [&](const Tensor& tensor) { return outputs_of(tensor, kept); };
      cut = batch_norm_with(*norm, {left(norm->weight()), left(norm->bias()),
                                    left(norm->running_mean()), left(norm->running_var())});
    }
    cut->train(layer->training());  // frozen layers stay frozen
    small->append(cut);
  }
  return small;
  // END SOLUTION 16.5
}

}  // namespace tinytorch::compression
