#include "tinytorch/quantization/qat/detail/equalize_network.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/qat/repair.h"

namespace tinytorch::quantization {
namespace {

constexpr int kMostRounds = 20;
constexpr float kSettled = 1e-3f;

const Tensor& weight_of(const QatNode& node) {
  return node.linear != nullptr ? node.linear->weight() : node.conv->weight();
}

const Tensor& bias_of(const QatNode& node) {
  return node.linear != nullptr ? node.linear->bias() : node.conv->bias();
}

// `count` rows of a layer from row `begin` on; the values are the layer's own.
LayerView rows_of(const QatNode& node, std::int64_t begin, std::int64_t count,
                  std::int64_t columns_per_input) {
  Tensor weight = weight_of(node);
  Tensor bias = bias_of(node);
  const auto length = static_cast<std::size_t>(weight.numel() / weight.size(0));
  const auto from = static_cast<std::size_t>(begin);
  const auto rows = static_cast<std::size_t>(count);
  return {.weight = weight.data().subspan(from * length, rows * length),
          .bias = bias.data().subspan(from, rows),
          .columns_per_input = columns_per_input};
}

// The largest distance of a factor from 1.
float equalize(const QatNode& first, const QatNode& second) {
  const std::int64_t channels = weight_of(first).size(0);
  const std::int64_t groups = second.conv == nullptr ? 1 : second.conv->options().groups;
  const std::int64_t own = second.conv == nullptr ? channels : second.conv->weight().size(1);
  if (own * groups != channels) {
    throw Error(concat("writes ", channels, " channels, ", own * groups, " are read"));
  }
  // Behind a Flatten of [C, h, w] a Linear reads h · w numbers of each channel.
  const std::int64_t columns = second.conv == nullptr ? second.linear->in_features() / channels
                                                      : second.conv->kernel().area();
  const std::int64_t out = weight_of(second).size(0) / groups;
  float furthest = 0.0f;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::vector<float> scales =
        equalize_pair(rows_of(first, g * own, own, 1), rows_of(second, g * out, out, columns),
                      first.activation == Activation::kNone ? Between::kNothing : Between::kRelu);
    for (const float scale : scales) furthest = std::max(furthest, std::abs(scale - 1.0f));
  }
  return furthest;
}

}  // namespace

std::optional<std::size_t> equalizable(const std::vector<QatNode>& nodes, std::size_t first) {
  const QatNode& from = nodes.at(first);
  if (!from.has_weight() || from.activation == Activation::kRelu6) return std::nullopt;
  for (std::size_t value = first + 1;;) {
    std::vector<std::size_t> readers;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (const std::size_t input : nodes[i].inputs) {
        if (input == value) readers.push_back(i);
      }
    }
    if (readers.size() != 1) return std::nullopt;
    const QatNode& reader = nodes[readers.front()];
    if (reader.has_weight()) return readers.front();
    if (reader.has_grid()) return std::nullopt;  // a sum, or a function that factors do not pass
    value = readers.front() + 1;
  }
}

void equalize_network(const std::vector<QatNode>& nodes) {
  for (int round = 0; round < kMostRounds; ++round) {
    float furthest = 0.0f;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::optional<std::size_t> second = equalizable(nodes, i);
      if (!second) continue;
      const QatNode& reader = nodes[*second];
      const float factor = at_place(concat(nodes[i].path, " and ", reader.path),
                                    [&] { return equalize(nodes[i], reader); });
      furthest = std::max(furthest, factor);
    }
    if (furthest <= kSettled) return;
  }
}

}  // namespace tinytorch::quantization
