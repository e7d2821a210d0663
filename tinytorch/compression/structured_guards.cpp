// What a plan and a model must be before channels are cut out of it.
#include <algorithm>

#include "tinytorch/compression/require.h"
#include "tinytorch/compression/structured.h"
#include "tinytorch/core/error.h"

namespace tinytorch::compression {
namespace {

void check_plan(std::string_view operation, std::span<const KeptChannels> plan,
                const nn::Sequential& model) {
  const std::vector<std::size_t> weighted = weighted_layers(model);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const std::size_t layer = plan[i].layer;
    if (layer == weighted.back()) {
      throw Error(
          concat(operation, ": layer ", layer, " is the last: its outputs are the answers"));
    }
    if (std::find(weighted.begin(), weighted.end(), layer) == weighted.end()) {
      throw Error(concat(operation, ": layer ", layer, " is no Linear and no Conv2d"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (plan[j].layer != layer) continue;
      throw Error(concat(operation, ": layer ", layer, " is planned twice"));
    }
    require_channels(operation, plan[i].channels, weight_of(*model.layers()[layer]).size(0));
  }
}

// What flows from one layer of the original to the next.
struct Stream {
  std::int64_t channels = 0;  // 0 before the first Linear or Conv2d
  bool pruned = false;        // some of them go
  bool flat = true;           // features side by side, as a Linear reads them
  bool images = false;        // a Flatten made them so: H · W features a channel
};

void check_linear(std::string_view operation, std::size_t index, const nn::Linear& layer,
                  const Stream& stream) {
  if (!stream.flat) {
    throw Error(concat(operation, ": layer ", index, " is ", layer.describe(),
                       " and reads channels of images; put a Flatten before it"));
  }
  const std::int64_t in = layer.in_features();
  const bool fits =
      stream.channels == 0 || (stream.images ? in % stream.channels == 0 : in == stream.channels);
  if (fits) return;
  throw Error(concat(operation, ": layer ", index, " is ", layer.describe(), ", whose inputs ",
                     stream.channels, " channels do not divide; the model cannot run as it is"));
}

// A layer that reads images of that many channels.
void check_images(std::string_view operation, std::size_t index, const nn::Module& layer,
                  std::int64_t channels, const Stream& stream) {
  if (stream.channels == 0 || (!stream.flat && stream.channels == channels)) return;
  throw Error(concat(operation, ": layer ", index, " is ", layer.describe(), " behind ",
                     stream.channels, stream.flat ? " features" : " channels of images",
                     "; the model cannot run as it is"));
}

}  // namespace

PlannedChannels planned(std::span<const KeptChannels> plan, std::size_t layer) {
  for (const KeptChannels& entry : plan) {
    if (entry.layer == layer) return entry.channels;
  }
  return std::nullopt;
}

void require_shrinkable(std::string_view operation, const nn::Sequential& model,
                        std::span<const KeptChannels> plan) {
  check_plan(operation, plan, model);
  const auto layers = model.layers();
  Stream stream;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const nn::Module& layer = *layers[i];
    const bool pruned = planned(plan, i).has_value();
    if (const auto* linear = dynamic_cast<const nn::Linear*>(&layer)) {
      check_linear(operation, i, *linear, stream);
      stream = {linear->out_features(), pruned, true, false};
    } else if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer)) {
      if (conv->options().groups != 1 && (stream.pruned || pruned)) {
        throw Error(concat(operation, ": layer ", i, " is ", layer.describe(),
                           "; its groups tie inputs to outputs, so it cannot lose either"));
      }
      check_images(operation, i, layer, conv->in_channels(), stream);
      stream = {conv->out_channels(), pruned, false, true};
    } else if (const auto* norm = dynamic_cast<const nn::BatchNorm2d*>(&layer)) {
      check_images(operation, i, layer, norm->weight().numel(), stream);
    } else if (role_of(layer, i) == LayerRole::kFlatten) {
      stream.flat = true;
    }
  }
}

}  // namespace tinytorch::compression
