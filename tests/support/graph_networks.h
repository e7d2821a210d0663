#pragma once
// Small networks that are no trees, one of each kind that can be deployed in integers: a network in
// the manner of MobileNetV3, branches that meet again, functions of every kind, float islands.

#include <string>
#include <utility>
#include <vector>

#include "tests/support/small_networks.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/nn/layer_norm.h"

namespace tinytorch::small {

// Adds nodes one by one; each gives the number of its value.
class GraphBuilder {
 public:
  std::size_t add(const std::string& name, std::vector<std::size_t> inputs,
                  std::shared_ptr<nn::Module> module) {
    nodes_.push_back({name, std::move(inputs), std::move(module)});
    return nodes_.size();
  }
  // A convolution without a bias, its batch norm, and an activation unless that is null.
  std::size_t conv_block(const std::string& name, std::size_t x, std::shared_ptr<nn::Module> conv,
                         std::int64_t channels, std::shared_ptr<nn::Module> activation) {
    x = add(name, {x}, std::move(conv));
    x = add(name + "_norm", {x}, std::make_shared<nn::BatchNorm2d>(channels));
    return activation == nullptr ? x : add(name + "_act", {x}, std::move(activation));
  }
  // x · hardsigmoid(W₂ · relu(W₁ · mean(x))) for each channel.
  std::size_t squeeze_excite(const std::string& name, std::size_t x, std::int64_t channels,
                             std::int64_t fewer, Rng& rng) {
    std::size_t gate = add(name + "_pool", {x}, std::make_shared<nn::AdaptiveAvgPool2d>(1, 1));
    gate = add(name + "_reduce", {gate},
               std::make_shared<nn::Conv2d>(channels, fewer, 1, nn::Conv2dOptions{}, rng));
    gate = add(name + "_relu", {gate}, std::make_shared<nn::ReLU>());
    gate = add(name + "_expand", {gate},
               std::make_shared<nn::Conv2d>(fewer, channels, 1, nn::Conv2dOptions{}, rng));
    gate = add(name + "_gate", {gate}, std::make_shared<nn::Hardsigmoid>());
    return add(name + "_scale", {x, gate}, std::make_shared<nn::Multiply>());
  }
  std::shared_ptr<nn::Sequential> finish() {
    return sequence({std::make_shared<nn::Graph>(std::move(nodes_))});
  }

 private:
  std::vector<nn::GraphNode> nodes_;
};

// A stem, a block with a 3x3 depthwise convolution and a shortcut, one with 5x5 and a stride, both
// with squeeze-and-excite, and MobileNetV3's head.
inline std::shared_ptr<nn::Sequential> mobile(Rng& rng) {
  GraphBuilder g;
  const auto hardswish = [] { return std::make_shared<nn::Hardswish>(); };
  const auto relu = [] { return std::make_shared<nn::ReLU>(); };
  const std::size_t stem = g.conv_block("stem", 0, conv(3, 8, 3, 2, 1, rng), 8, hardswish());
  std::size_t x = g.conv_block("b1_expand", stem, conv(8, 16, 1, 1, 1, rng), 16, relu());
  x = g.conv_block("b1_depth", x, conv(16, 16, 3, 1, 16, rng), 16, relu());
  x = g.squeeze_excite("b1_se", x, 16, 4, rng);
  x = g.conv_block("b1_project", x, conv(16, 8, 1, 1, 1, rng), 8, nullptr);
  x = g.add("b1_sum", {stem, x}, std::make_shared<nn::Add>());
  x = g.conv_block("b2_expand", x, conv(8, 24, 1, 1, 1, rng), 24, hardswish());
  x = g.conv_block("b2_depth", x, conv(24, 24, 5, 2, 24, rng), 24, hardswish());
  x = g.squeeze_excite("b2_se", x, 24, 8, rng);
  x = g.conv_block("b2_project", x, conv(24, 12, 1, 1, 1, rng), 12, nullptr);
  x = g.conv_block("head", x, conv(12, 16, 1, 1, 1, rng), 16, hardswish());
  x = g.add("pool", {x}, std::make_shared<nn::AdaptiveAvgPool2d>(1, 1));
  x = g.add("flatten", {x}, std::make_shared<nn::Flatten>());
  x = g.add("hidden", {x}, std::make_shared<nn::Linear>(16, 24, rng));
  x = g.add("hidden_act", {x}, hardswish());
  g.add("logits", {x}, std::make_shared<nn::Linear>(24, 5, rng));
  return g.finish();
}

// Branches that meet: one behind the other along channels and along a side, the larger of two, a
// product of two images, and a function between a Flatten of pixels and the layer that reads it.
inline std::shared_ptr<nn::Sequential> branches(Rng& rng) {
  GraphBuilder g;
  const std::size_t a = g.conv_block("a", 0, conv(2, 4, 3, 1, 1, rng), 4, nullptr);
  const std::size_t b = g.add("b", {0}, conv(2, 6, 1, 1, 1, rng));
  const std::size_t b_act = g.add("b_act", {b}, std::make_shared<nn::ReLU6>());
  const std::size_t pool = g.add("pool", {0}, std::make_shared<nn::MaxPool2d>(3, 1, 1));
  std::size_t x = g.add("channels", {a, b_act, pool}, std::make_shared<nn::Concat>(1));
  x = g.add("mix", {x}, conv(12, 6, 1, 1, 1, rng));
  const std::size_t larger = g.add("larger", {x, b}, std::make_shared<nn::Maximum>());
  const std::size_t product = g.add("product", {larger, b_act}, std::make_shared<nn::Multiply>());
  x = g.add("rows", {larger, product}, std::make_shared<nn::Concat>(-2));
  x = g.add("columns", {x, x}, std::make_shared<nn::Concat>(3));
  x = g.add("half", {x}, std::make_shared<nn::AvgPool2d>(2));
  x = g.add("flatten", {x}, std::make_shared<nn::Flatten>());
  x = g.add("act", {x}, std::make_shared<nn::LeakyReLU>(0.1f));
  const std::size_t left = g.add("left", {x}, std::make_shared<nn::Linear>(6 * 36, 7, rng));
  const std::size_t right = g.add("right", {x}, std::make_shared<nn::Linear>(6 * 36, 3, rng));
  x = g.add("both", {left, right}, std::make_shared<nn::Concat>(-1));
  g.add("logits", {x}, std::make_shared<nn::Linear>(10, 5, rng));
  return g.finish();
}

// Every function of one number, each behind a linear layer of its own.
inline std::shared_ptr<nn::Sequential> functions(Rng& rng) {
  const Layers activations{std::make_shared<nn::Sigmoid>(),
                           std::make_shared<nn::Tanh>(),
                           std::make_shared<nn::SiLU>(),
                           std::make_shared<nn::GELU>(),
                           std::make_shared<nn::Hardswish>(),
                           std::make_shared<nn::GELU>(ops::Gelu::kTanh),
                           std::make_shared<nn::Hardsigmoid>(),
                           std::make_shared<nn::LeakyReLU>(0.2f),
                           std::make_shared<nn::Hardtanh>(-0.5f, 0.75f)};
  GraphBuilder g;
  std::size_t x = 0;
  for (std::size_t i = 0; i < activations.size(); ++i) {
    x = g.add("fc" + std::to_string(i), {x}, std::make_shared<nn::Linear>(12, 12, rng));
    x = g.add("act" + std::to_string(i), {x}, activations[i]);
  }
  g.add("logits", {x}, std::make_shared<nn::Linear>(12, 5, rng));
  return g.finish();
}

// Layer normalization of features and of whole images, softmax over channels and over logits.
inline std::shared_ptr<nn::Sequential> islands(Rng& rng) {
  GraphBuilder g;
  std::size_t x = g.add("conv", {0}, conv(2, 6, 3, 1, 1, rng));
  x = g.add("image_norm", {x}, std::make_shared<nn::LayerNorm>(Shape{6, 8, 8}));
  x = g.add("attention", {x}, std::make_shared<nn::Softmax>(1));
  x = g.add("pool", {x}, std::make_shared<nn::AdaptiveAvgPool2d>(1, 1));
  x = g.add("flatten", {x}, std::make_shared<nn::Flatten>());
  x = g.add("norm", {x}, std::make_shared<nn::LayerNorm>(Shape{6}));
  x = g.add("logits", {x}, std::make_shared<nn::Linear>(6, 5, rng));
  g.add("shares", {x}, std::make_shared<nn::Softmax>(-1));
  return g.finish();
}

// Normalization and activation before each convolution (He et al., "Identity mappings in deep
// residual networks", 2016), the whole of it read again by the sum.
inline std::shared_ptr<nn::Sequential> before_activation(Rng& rng) {
  GraphBuilder g;
  const std::size_t stem = g.add("stem", {0}, conv(2, 6, 3, 1, 1, rng));
  std::size_t x = g.add("norm", {stem}, std::make_shared<nn::BatchNorm2d>(6));
  x = g.add("act", {x}, std::make_shared<nn::ReLU>());
  x = g.add("conv", {x}, conv(6, 6, 3, 1, 1, rng));
  x = g.add("sum", {x, stem}, std::make_shared<nn::Add>());
  x = g.add("pool", {x}, std::make_shared<nn::AvgPool2d>(2));
  x = g.add("last_norm", {x}, std::make_shared<nn::BatchNorm2d>(6));
  x = g.add("last_act", {x}, std::make_shared<nn::ReLU>());
  x = g.add("flatten", {x}, std::make_shared<nn::Flatten>());
  g.add("logits", {x}, std::make_shared<nn::Linear>(6 * 9, 5, rng));
  return g.finish();
}

inline Example mobile_example() { return {"mobile", mobile, {3, 16, 12}}; }
inline std::vector<Example> integer_graphs() {
  return {mobile_example(),
          {"branches", branches, {2, 6, 6}},
          {"before_activation", before_activation, {2, 6, 6}},
          {"functions", functions, {12}}};
}
inline std::vector<Example> graph_examples() {
  std::vector<Example> all = integer_graphs();
  all.push_back({"islands", islands, {2, 8, 8}});
  return all;
}

}  // namespace tinytorch::small
