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
  throw tinytorch::not_implemented("16.4");
}

Tensor select_outputs(const Tensor& tensor, std::span<const std::int64_t> channels) {
  require_channels("select_outputs", channels, tensor.size(0));
  // Dimension 0 is the outermost: channel c is one piece of numel / size(0) values.
  // Try it by hand first: {{1, 2}, {3, 4}, {5, 6}}, channels {0, 2} → {{1, 2}, {5, 6}}.
  throw tinytorch::not_implemented("16.4");
}

Tensor select_inputs(const Tensor& weight, std::span<const std::int64_t> channels,
                     std::int64_t width) {
  require_input_channels("select_inputs", weight, channels, width);
  // The same cut, in every row: a channel is now `width` inputs, each with everything behind
  // dimension 1 (a convolution's kernel · kernel values).
  // Try it by hand first: {{1, 2, 3, 4}}, channels {1}, width 2 → {{3, 4}}.
  throw tinytorch::not_implemented("16.4");
}

// TASK 16.5
std::vector<KeptChannels> plan_pruning(const nn::Sequential& model, double ratio) {
  std::vector<std::size_t> weighted = weighted_layers(model);
  require_ratio("plan_pruning", ratio);
  // weighted_layers() lists the indices of all Linear and Conv2d; the last one keeps its outputs.
  // Try it by hand first: Linear, ReLU, Linear: weighted layers 0 and 2, so only 0 is planned.
  throw tinytorch::not_implemented("16.5");
}

std::shared_ptr<nn::Sequential> shrink(const nn::Sequential& model,
                                       std::span<const KeptChannels> plan) {
  require_shrinkable("shrink", model, plan);
  // Walk through the layers with two things in your hand: how many channels there were in the
  // original, and which of them are left. A Linear or Conv2d first cuts its inputs by what you
  // hold, then its outputs by the plan, and hands on the new pair. A BatchNorm2d is cut by what you
  // hold; all others pass it on.
  // Try it by hand first: Linear(2, 3), ReLU, Linear(3, 1), keeping {0, 2} of layer 0: weights
  // [2, 2] and [1, 2].
  throw tinytorch::not_implemented("16.5");
}

}  // namespace tinytorch::compression
