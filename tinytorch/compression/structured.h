#pragma once
// Structured pruning: whole neurons and channels go, and the tensors really shrink.
// You write this part: structured.cpp (compression module).
//
// A weight of zeros takes as long to multiply as any other. A row that is not there takes no time:
// the result is an ordinary, smaller network that needs no sparse kernels.
// Source: Li et al., "Pruning filters for efficient ConvNets", 2017.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/compression/layers.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::compression {

// Task: The output channels of a weight [out, …] that are worth keeping. The importance of a
// channel is its L1 norm Σ |w|, summed in double; rint(ratio · out) channels of the smallest norms
// go, of equal norms the later one first.
// Returns the numbers of those that stay, ascending.
// Example: rows {1, −1}, {0, 3}, {0.5, 0}, ratio 1/3 → {0, 1}.
// Given lines refuse a ratio outside 0 <= ratio < 1, a weight of fewer than two dimensions or with
// a value that is not finite, and a ratio at which no channel would stay.
std::vector<std::int64_t> kept_channels(const Tensor& weight, double ratio);

// Task: The given indices of dimension 0, in a new tensor: [out, …] → [kept, …]. For weights,
// biases and everything of a BatchNorm2d.
// A given line refuses `channels` that are empty, out of range, or do not ascend.
Tensor select_outputs(const Tensor& tensor, std::span<const std::int64_t> channels);

// Task: What a following layer keeps of its inputs. Dimension 1 of `weight` [out, in, …] holds
// `width` neighbouring inputs for each channel: 1 for Linear → Linear and Conv2d → Conv2d, H · W
// behind a Flatten. Channel c owns inputs c · width … c · width + width − 1.
// Example: weight [1, 6] {1, 2, 3, 4, 5, 6}, channels {0, 2}, width 2 → [1, 4] {1, 2, 5, 6}.
// A given line refuses what select_outputs() refuses, fewer than two dimensions, and a width that
// does not divide in.
Tensor select_inputs(const Tensor& weight, std::span<const std::int64_t> channels,
                     std::int64_t width);

// Which channels of which layer stay.
struct KeptChannels {
  std::size_t layer = 0;               // index in model.layers(): a Linear or Conv2d
  std::vector<std::int64_t> channels;  // ascending
  bool operator==(const KeptChannels&) const = default;
};

using PlannedChannels = std::optional<std::vector<std::int64_t>>;  // absent: all of them

// What the plan keeps of this layer's outputs. Given.
PlannedChannels planned(std::span<const KeptChannels> plan, std::size_t layer);

// Throws Error when the plan names a layer twice, one that is no Linear or Conv2d, or the last of
// these; when channels are not ascending and within range; when a Conv2d with groups would lose
// inputs or outputs; naming a layer that cannot stand where it does (a Linear behind channels
// without a Flatten, or with inputs that they do not divide; a Conv2d or BatchNorm2d of other
// channels than came before; a Linear of other features); and what role_of() refuses. Given.
void require_shrinkable(std::string_view operation, const nn::Sequential& model,
                        std::span<const KeptChannels> plan);

// Task: kept_channels() of every Linear and Conv2d but the last one, whose outputs are the
// model's answers. Given lines refuse a model without any, and with layers that role_of() refuses.
std::vector<KeptChannels> plan_pruning(const nn::Sequential& model, double ratio);

// Task: A new, smaller model that computes what `model` would if every channel that is not
// kept gave 0 (its weights and bias zero, and behind a BatchNorm2d that one's weight and bias too).
// In eval mode the outputs are equal: bit for bit where sums are made in the same order, otherwise
// to rounding.
//   Linear, Conv2d   inputs: what the layers before kept; outputs: what the plan keeps, else all
//   BatchNorm2d      the same channels of all four tensors
//   Flatten          from here on each channel is H · W neighbouring inputs of the next Linear:
//                    width = in_features / channels there were before anything was pruned
//   the others       the same object in both models: they hold no weights
// The original's tensors are not touched and not shared. Each layer of the
// new model, and it itself, is in its original's mode.
// A given line refuses what require_shrinkable() refuses.
std::shared_ptr<nn::Sequential> shrink(const nn::Sequential& model,
                                       std::span<const KeptChannels> plan);

}  // namespace tinytorch::compression
