// Part 3 of module 16: neurons and channels that are really gone.
#include "tinytorch/compression/structured.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "tinytorch/core/error.h"

namespace tinytorch::compression {
// BEGIN SOLUTION 16.4 helper
namespace {

std::vector<double> channel_norms(const Tensor& weight) {
  const auto out = static_cast<std::size_t>(weight.size(0));
  const std::span<const float> values = weight.data();
  const std::size_t row = values.size() / out;
  std::vector<double> norms(out, 0.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(weight.numel()); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(concat("kept_channels: weight[", i, "] is ", values[i]));
    }
    norms[i / row] += static_cast<double>(std::abs(values[i]));
  }
  return norms;
}

void check_channels(const char* op, std::span<const std::int64_t> channels, std::int64_t count) {
  if (channels.empty()) throw Error(concat(op, ": no channel would stay of ", count));
  std::int64_t before = -1;
  for (const std::int64_t channel : channels) {
    if (channel <= before || channel >= count) {
      throw Error(concat(op, ": channel ", channel, " after ", before,
                         "; expected ascending numbers below ", count));
    }
    before = channel;
  }
}

// Of every `in · width` values, those of the given blocks of `width`.
std::vector<float> gather(std::span<const float> values, std::span<const std::int64_t> channels,
                          std::size_t in, std::size_t width) {
  std::vector<float> kept;
  for (std::size_t begin = 0; begin < values.size(); begin += in * width) {
    for (const std::int64_t channel : channels) {
      const auto at = values.subspan(begin + static_cast<std::size_t>(channel) * width, width);
      kept.insert(kept.end(), at.begin(), at.end());
    }
  }
  return kept;
}

}  // namespace
// END SOLUTION 16.4

// TASK 16.4
std::vector<std::int64_t> kept_channels(const Tensor& weight, double ratio) {
  // One norm a row of the [out, rest] matrix that every weight is. Then as in keep_largest(): order
  // the channels by norm, the largest first and stable, cut off the end, and sort what is left by
  // number again.
  // Try it by hand first: rows {1, -1}, {0, 3}, {0.5, 0}: norms 2, 3, 0.5; one of three goes: 2.
  // BEGIN SOLUTION 16.4
  if (!(ratio >= 0.0 && ratio < 1.0)) {
    throw Error(concat("kept_channels: ratio ", ratio, "; expected 0 <= ratio < 1"));
  }
  if (weight.ndim() < 2 || weight.numel() == 0) {
    throw Error(concat("kept_channels: weight ", to_string(weight.shape()), "; expected [out, …]"));
  }
  const std::vector<double> norms = channel_norms(weight);
  const auto pruned =
      static_cast<std::size_t>(std::nearbyint(ratio * static_cast<double>(norms.size())));
  if (pruned == norms.size()) {
    throw Error(
        concat("kept_channels: ratio ", ratio, " leaves none of ", norms.size(), " channels"));
  }
  std::vector<std::int64_t> order(norms.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return norms[static_cast<std::size_t>(a)] > norms[static_cast<std::size_t>(b)];
  });
  order.resize(norms.size() - pruned);
  std::sort(order.begin(), order.end());
  return order;
  // END SOLUTION 16.4
}

Tensor select_outputs(const Tensor& tensor, std::span<const std::int64_t> channels) {
  // Dimension 0 is the outermost: channel c is one piece of numel / size(0) values.
  // Try it by hand first: {{1, 2}, {3, 4}, {5, 6}}, channels {0, 2} → {{1, 2}, {5, 6}}.
  // BEGIN SOLUTION 16.4
  check_channels("select_outputs", channels, tensor.size(0));
  std::vector<std::int64_t> sizes = tensor.shape().sizes();
  const auto in = static_cast<std::size_t>(sizes[0]);
  const auto width = static_cast<std::size_t>(tensor.numel()) / in;
  sizes[0] = static_cast<std::int64_t>(channels.size());
  return Tensor(Shape(sizes), gather(tensor.data(), channels, in, width));
  // END SOLUTION 16.4
}

Tensor select_inputs(const Tensor& weight, std::span<const std::int64_t> channels,
                     std::int64_t width) {
  // The same cut, in every row: a channel is now `width` inputs, each with everything behind
  // dimension 1 (a convolution's kernel · kernel values).
  // Try it by hand first: {{1, 2, 3, 4}}, channels {1}, width 2 → {{3, 4}}.
  // BEGIN SOLUTION 16.4
  if (weight.ndim() < 2) {
    throw Error(
        concat("select_inputs: weight ", to_string(weight.shape()), "; expected [out, in, …]"));
  }
  if (width < 1 || weight.numel() == 0 || weight.size(1) % width != 0) {
    throw Error(concat("select_inputs: weight ", to_string(weight.shape()), ", ", weight.size(1),
                       " inputs in blocks of ", width));
  }
  const std::int64_t count = weight.size(1) / width;
  check_channels("select_inputs", channels, count);
  std::vector<std::int64_t> sizes = weight.shape().sizes();
  sizes[1] = static_cast<std::int64_t>(channels.size()) * width;
  const auto in = static_cast<std::size_t>(count);
  const auto block = static_cast<std::size_t>(weight.numel() / weight.size(0)) / in;
  return Tensor(Shape(sizes), gather(weight.data(), channels, in, block));
  // END SOLUTION 16.4
}
// BEGIN SOLUTION 16.5 helper
namespace {

using Channels = std::vector<std::int64_t>;

bool has_weight(const nn::Module& layer, std::size_t index) {
  const LayerRole role = role_of(layer, index);
  return role == LayerRole::kLinear || role == LayerRole::kConv2d;
}

std::vector<std::size_t> weighted_layers(const std::vector<std::shared_ptr<nn::Module>>& layers) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (has_weight(*layers[i], i)) found.push_back(i);
  }
  if (found.empty()) throw Error("structured pruning: no Linear and no Conv2d");
  return found;
}

void check_plan(std::span<const KeptChannels> plan, const std::vector<std::size_t>& weighted) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const std::size_t layer = plan[i].layer;
    if (std::find(weighted.begin(), weighted.end() - 1, layer) == weighted.end() - 1) {
      throw Error(concat("shrink: layer ", layer,
                         layer == weighted.back() ? " is the last: its outputs are the answers"
                                                  : " is no Linear and no Conv2d"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (plan[j].layer == layer) throw Error(concat("shrink: layer ", layer, " is planned twice"));
    }
  }
}

// What flows from one layer to the next while the small model is built.
struct Stream {
  std::int64_t channels = 0;     // in the original; 0 before the first Linear or Conv2d
  std::optional<Channels> kept;  // those still there; absent: all
  bool flat = true;              // features side by side, as a Linear reads them
  bool images = false;           // a Flatten made them so: H · W features a channel
};

// Throws unless a layer that reads `channels` channels can stand behind the stream.
void check_stands(const nn::Module& layer, std::size_t index, const Stream& stream,
                  std::int64_t channels) {
  if (stream.channels == 0 || (!stream.flat && stream.channels == channels)) return;
  throw Error(concat("shrink: layer ", index, " is ", layer.describe(), " behind ", stream.channels,
                     stream.flat ? " features" : " channels of images",
                     "; the model cannot run as it is"));
}

std::optional<Channels> planned(std::span<const KeptChannels> plan, std::size_t layer) {
  for (const KeptChannels& entry : plan) {
    if (entry.layer == layer) return entry.channels;
  }
  return std::nullopt;
}

Tensor outputs_of(const Tensor& tensor, const std::optional<Channels>& kept) {
  if (!tensor.defined() || !kept) return tensor;
  return select_outputs(tensor, *kept);
}

std::shared_ptr<nn::Module> shrunk(const nn::Linear& layer, std::size_t index, Stream& stream,
                                   const std::optional<Channels>& outputs) {
  if (!stream.flat) {
    throw Error(concat("shrink: layer ", index, " is ", layer.describe(),
                       " and reads channels of images; put a Flatten before it"));
  }
  Tensor weight = layer.weight();
  const std::int64_t in = layer.in_features();
  const bool fits =
      stream.channels == 0 || (stream.images ? in % stream.channels == 0 : in == stream.channels);
  if (!fits) {
    throw Error(concat("shrink: layer ", index, " is ", layer.describe(), ", whose inputs ",
                       stream.channels, " channels do not divide; the model cannot run as it is"));
  }
  if (stream.kept) {
    weight = select_inputs(weight, *stream.kept, layer.in_features() / stream.channels);
  }
  stream = {layer.out_features(), outputs, true, false};
  return linear_with(outputs_of(weight, outputs), outputs_of(layer.bias(), outputs));
}

std::shared_ptr<nn::Module> shrunk(const nn::Conv2d& layer, std::size_t index, Stream& stream,
                                   const std::optional<Channels>& outputs) {
  if (layer.options().groups != 1 && (stream.kept || outputs)) {
    throw Error(concat("shrink: layer ", index, " is ", layer.describe(),
                       "; its groups tie inputs to outputs, so it cannot lose either"));
  }
  check_stands(layer, index, stream, layer.in_channels());
  Tensor weight = layer.weight();
  if (stream.kept) weight = select_inputs(weight, *stream.kept, 1);
  stream = {layer.out_channels(), outputs, false, true};
  return conv2d_with(layer, outputs_of(weight, outputs), outputs_of(layer.bias(), outputs));
}

std::shared_ptr<nn::Module> shrunk(const nn::BatchNorm2d& layer, std::size_t index,
                                   const Stream& stream) {
  check_stands(layer, index, stream, layer.weight().numel());
  const auto cut = [&](const Tensor& tensor) { return outputs_of(tensor, stream.kept); };
  return batch_norm_with(layer, {cut(layer.weight()), cut(layer.bias()), cut(layer.running_mean()),
                                 cut(layer.running_var())});
}

}  // namespace
// END SOLUTION 16.5

// TASK 16.5
std::vector<KeptChannels> plan_pruning(const nn::Sequential& model, double ratio) {
  // Ask role_of() of every layer, so that an unknown one is refused before anything is planned.
  // dynamic_cast<const nn::Linear*>(layer.get()) is not null where the layer is one.
  // BEGIN SOLUTION 16.5
  const auto layers = model.layers();
  std::vector<std::size_t> weighted = weighted_layers(layers);
  weighted.pop_back();
  if (std::isnan(ratio) || ratio < 0.0 || ratio >= 1.0) {
    throw Error(concat("plan_pruning: ratio ", ratio, "; expected 0 <= ratio < 1"));
  }
  std::vector<KeptChannels> plan;
  for (const std::size_t index : weighted) {
    const auto* linear = dynamic_cast<const nn::Linear*>(layers[index].get());
    const auto* conv = dynamic_cast<const nn::Conv2d*>(layers[index].get());
    plan.push_back({index, kept_channels(linear ? linear->weight() : conv->weight(), ratio)});
  }
  return plan;
  // END SOLUTION 16.5
}

std::shared_ptr<nn::Sequential> shrink(const nn::Sequential& model,
                                       std::span<const KeptChannels> plan) {
  // Walk through the layers with two things in your hand: how many channels there were in the
  // original, and which of them are left. A Linear or Conv2d first cuts its inputs by what you
  // hold, then its outputs by the plan, and hands on the new pair. A BatchNorm2d is cut by what you
  // hold; all others pass it on. A small struct for what you hold and a helper a kind of layer keep
  // this readable.
  // Try it by hand first: Linear(2, 3), ReLU, Linear(3, 1), keeping {0, 2} of layer 0: weights
  // [2, 2] and [1, 2].
  // BEGIN SOLUTION 16.5
  const auto layers = model.layers();
  check_plan(plan, weighted_layers(layers));
  auto small = std::make_shared<nn::Sequential>();
  small->train(model.training());
  const auto add = [&](std::shared_ptr<nn::Module> cut, const nn::Module& whole) {
    cut->train(whole.training());  // frozen layers stay frozen
    small->append(std::move(cut));
  };
  Stream stream;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& layer = layers[i];
    if (const auto* linear = dynamic_cast<const nn::Linear*>(layer.get())) {
      add(shrunk(*linear, i, stream, planned(plan, i)), *layer);
    } else if (const auto* conv = dynamic_cast<const nn::Conv2d*>(layer.get())) {
      add(shrunk(*conv, i, stream, planned(plan, i)), *layer);
    } else if (const auto* norm = dynamic_cast<const nn::BatchNorm2d*>(layer.get())) {
      add(shrunk(*norm, i, stream), *layer);
    } else {
      if (role_of(*layer, i) == LayerRole::kFlatten) stream.flat = true;
      small->append(layer);
    }
  }
  return small;
  // END SOLUTION 16.5
}

}  // namespace tinytorch::compression
