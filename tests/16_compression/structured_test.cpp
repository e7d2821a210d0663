// Learner tests of part 3: neurons and channels that are really gone.
#include "tinytorch/compression/structured.h"

#include <gtest/gtest.h>

#include "tests/16_compression/support.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/pooling.h"

namespace tinytorch::compression {
namespace {

using teach::expect_near;
using teach::expect_same;
using teach::expect_value;

Tensor counted(const Shape& shape) {  // 1, 2, 3, …
  Tensor x = Tensor::arange(shape.numel()).view(shape);
  for (float& v : x.data()) v += 1.0f;
  return x;
}

// --- 16.4 kept_channels, select_outputs, select_inputs ---

TEST(Channels, KeptByHand) {
  const Tensor weight(Shape{3, 2}, {1, -1, 0, 3, 0.5f, 0});
  expect_list<std::int64_t>(
      "kept channels", kept_channels(weight, 1.0 / 3.0), {0, 1},
      {{{0, 2}, "The most important channel went; the smallest norms go."},
       {{1, 2}, "1 and -1 were added up to 0: sum magnitudes."},
       {{2}, "These are the channels that go."},
       {{1, 0}, "Ordered by importance; the numbers come ascending."},
       {{0, 1, 2}, "Nothing was pruned."},
       {{0}, "The numbers of the inputs' columns: a channel is a row of the weight."}});
}

TEST(Channels, KeptAscending) {
  const Tensor weight(Shape{4, 1}, {2, 1, 3, 4});
  expect_same<std::int64_t>(
      "kept channels", kept_channels(weight, 0.25), {0, 2, 3},
      {{{3, 2, 0},
        "Ordered by importance. The next layer's inputs stand in the order of the numbers, so "
        "return these ascending."},
       {{0, 1, 2}, "The last channel went instead of the least important one."}});
}

TEST(Channels, KeptByTheSumOfMagnitudes) {
  const Tensor weight(Shape{2, 3}, {1, 1, 1, 2, 0, 0});
  expect_same<std::int64_t>(
      "kept channels", kept_channels(weight, 0.5), {0},
      {{{1},
        "L1 norms are 3 and 2. Squares (3 and 4) or largest weights (1 and 2) rank the other "
        "way."}});
}

TEST(Channels, KeptOfEqualsTheEarlier) {
  expect_same<std::int64_t>(
      "kept channels", kept_channels(Tensor::ones(Shape{40, 2}), 0.75),
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
      {{{30, 31, 32, 33, 34, 35, 36, 37, 38, 39}, "Of equal norms the later channel goes first."}});
}

TEST(Channels, KeptFiltersOfAConvolution) {
  Tensor weight(Shape{3, 2, 2, 2});
  weight.data()[2] = 1.0f;    // filter 0
  weight.data()[12] = 0.25f;  // filter 1, second input channel
  weight.data()[16] = -2.0f;  // filter 2
  expect_same<std::int64_t>(
      "kept filters", kept_channels(weight, 1.0 / 3.0), {0, 2},
      {{{1, 2}, "A filter spans all inputs: it is numel / size(0) values long, not size(1)."}});
}

TEST(Channels, OutputsAreRows) {
  expect_tensor("selected outputs", select_outputs(counted(Shape{3, 2}), Ids{0, 2}), Shape{2, 2},
                {1, 2, 5, 6},
                {{{1, 2, 3, 4}, "The first rows were taken instead of rows 0 and 2."},
                 {{1, 3, 4, 6}, "Columns were taken; outputs are dimension 0."}});
  expect_tensor("a bias", select_outputs(counted(Shape{4}), Ids{1, 3}), Shape{2}, {2, 4});
  expect_tensor("filters", select_outputs(counted(Shape{3, 1, 2, 2}), Ids{1}), Shape{1, 1, 2, 2},
                {5, 6, 7, 8}, {{{2, 3, 4, 5}, "A filter is numel / size(0) values long."}});
}

TEST(Channels, InputsAreColumns) {
  expect_tensor("selected inputs", select_inputs(counted(Shape{2, 3}), Ids{0, 2}, 1), Shape{2, 2},
                {1, 3, 4, 6},
                {{{1, 2, 4, 5}, "The first columns were taken instead of columns 0 and 2."},
                 {{1, 3, 1, 3}, "Every row of the result is the first row's."},
                 {{1, 2, 5, 6}, "Rows were taken; inputs are dimension 1."}});
  expect_tensor("inputs of a convolution", select_inputs(counted(Shape{2, 2, 1, 2}), Ids{1}, 1),
                Shape{2, 1, 1, 2}, {3, 4, 7, 8},
                {{{2, 4, 6, 8},
                  "Behind dimension 1 stand the kernel's values: an input is kernel · kernel of "
                  "them."},
                 {{2, 6, 0, 0}, "Each input of a convolution has kernel · kernel values."}});
}

TEST(Channels, InputsBehindAFlattenAreBlocks) {
  expect_tensor("selected blocks", select_inputs(counted(Shape{1, 6}), Ids{0, 2}, 2), Shape{1, 4},
                {1, 2, 5, 6},
                {{{1, 4, 3, 6},
                  "A channel's values lie side by side behind a Flatten: channel c owns c · width "
                  "to c · width + width - 1, not every third one."},
                 {{1, 3, 2, 4}, "width was not used: one input a channel was taken."},
                 {{1, 2, 3, 4}, "The first blocks were taken instead of blocks 0 and 2."}});
}

TEST(Channels, SelectionsAreNewTensors) {
  const Tensor weight = counted(Shape{2, 2});
  Tensor outputs = select_outputs(weight, Ids{0, 1});
  Tensor inputs = select_inputs(weight, Ids{0, 1}, 1);
  outputs.data()[0] = 99.0f;
  inputs.data()[0] = 99.0f;
  expect_same<float>("the original", weight.data(), {1, 2, 3, 4},
                     {{{99, 2, 3, 4}, "The selection shares its values with the original."}});
}

// --- 16.5 plan_pruning, shrink ---

template <typename Layer, typename... Arguments>
std::shared_ptr<nn::Module> layer(Arguments&&... arguments) {
  return std::make_shared<Layer>(std::forward<Arguments>(arguments)...);
}

std::shared_ptr<nn::Module> linear(std::int64_t in, std::int64_t out, std::uint64_t seed,
                                   bool bias = true) {
  Rng rng(seed);
  return layer<nn::Linear>(in, out, nn::LinearOptions{.bias = bias}, rng);
}

std::shared_ptr<nn::Module> conv(std::int64_t in, std::int64_t out, std::uint64_t seed,
                                 nn::Conv2dOptions options = {.padding = 1}) {
  Rng rng(seed);
  return layer<nn::Conv2d>(in, out, 3, options, rng);
}

// Statistics as after some training.
std::shared_ptr<nn::Module> norm(std::int64_t channels, std::uint64_t seed) {
  Rng rng(seed);
  auto bn = std::make_shared<nn::BatchNorm2d>(channels, 1e-3f);
  for (const auto& [name, tensor] : bn->state_dict()) {
    set(tensor, values(Tensor::uniform(tensor.shape(), 0.5f, 1.5f, rng)));
  }
  return bn;
}

Tensor run(nn::Sequential& model, const Tensor& x) {
  const autograd::NoGradGuard no_grad;
  return model.forward(x);
}

// Zeros in every channel that the plan lets go: its weights, its bias, its normalization behind.
void silence(nn::Sequential& model, const std::vector<KeptChannels>& plan) {
  const auto all_layers = model.layers();
  for (const auto& [index, kept] : plan) {
    std::vector<nn::NamedTensor> state = all_layers[index]->state_dict();
    if (index + 1 < all_layers.size()) {
      if (auto* bn = dynamic_cast<nn::BatchNorm2d*>(all_layers[index + 1].get())) {
        for (const auto& entry : bn->named_parameters()) state.push_back(entry);
      }
    }
    for (auto& [name, tensor] : state) {
      const auto channel = tensor.numel() / tensor.size(0);
      for (std::int64_t i = 0; i < tensor.numel(); ++i) {
        if (std::find(kept.begin(), kept.end(), i / channel) == kept.end()) {
          tensor.data()[static_cast<std::size_t>(i)] = 0.0f;
        }
      }
    }
  }
}

// The shrunk model against the original with zeros in it.
void expect_equal_to_silenced(nn::Sequential& model, const std::vector<KeptChannels>& plan,
                              const Tensor& x, const std::string& hint) {
  model.eval();
  const auto small = shrink(model, plan);
  const Tensor got = run(*small, x);
  const Floats untouched = values(run(model, x));
  silence(model, plan);
  expect_near("outputs of the smaller model", got.data(), values(run(model, x)), 1e-5f,
              {{untouched, "Nothing was pruned: this is the whole model's output."}});
  require(small->layers().size() == model.layers().size(), hint);
}

TEST(Shrink, PlansEveryLayerButTheLast) {
  nn::Sequential model(
      {linear(4, 6, 1), layer<nn::ReLU>(), linear(6, 8, 2), layer<nn::ReLU>(), linear(8, 3, 3)});
  const auto plan = plan_pruning(model, 0.5);
  expect_value("planned layers", static_cast<std::int64_t>(plan.size()), std::int64_t{2},
               {{3, "The last layer's outputs are the answers: they must all stay."},
                {1, "Every layer but the last one is pruned."}});
  if (plan.size() != 2) return;
  expect_value("second planned layer", static_cast<std::int64_t>(plan[1].layer), std::int64_t{2},
               {{1, "Layers are numbered as in model.layers(), activations included."}});
  expect_same<std::int64_t>("channels of layer 0", plan[0].channels,
                            kept_channels(model.layers()[0]->parameters()[0], 0.5));
  expect_same<std::int64_t>("channels of layer 2", plan[1].channels,
                            kept_channels(model.layers()[2]->parameters()[0], 0.5));
}

TEST(Shrink, LinearByHand) {
  nn::Sequential model({linear(2, 3, 1), layer<nn::ReLU>(), linear(3, 1, 2)});
  set(model.layers()[0]->parameters()[0], {1, 2, 3, 4, 5, 6});
  set(model.layers()[0]->parameters()[1], {7, 8, 9});
  set(model.layers()[2]->parameters()[0], {10, 20, 30});
  set(model.layers()[2]->parameters()[1], {40});
  const auto small = shrink(model, std::vector<KeptChannels>{{0, {0, 2}}});
  const auto state = small->state_dict();
  require(state.size() == 4, "the smaller model has the same layers: two Linear with a bias");
  if (state.size() != 4) return;
  expect_tensor("0.weight", state[0].second, Shape{2, 2}, {1, 2, 5, 6});
  expect_tensor("0.bias", state[1].second, Shape{2}, {7, 9},
                {{{7, 8}, "The bias of channel 1 went into channel 2: select it as the weight."}});
  expect_tensor("2.weight", state[2].second, Shape{1, 2}, {10, 30},
                {{{10, 20}, "The next layer must lose the input that is gone, number 1."}});
  expect_tensor("2.bias", state[3].second, Shape{1}, {40});
}

TEST(Shrink, BatchNormLosesTheSameChannels) {
  nn::Sequential model(
      {conv(1, 3, 1), norm(3, 2), layer<nn::ReLU>(), layer<nn::Flatten>(), linear(3 * 4, 2, 3)});
  const auto before = model.layers()[1]->state_dict();
  const auto small = shrink(model, std::vector<KeptChannels>{{0, {0, 2}}});
  const auto after = small->layers()[1]->state_dict();
  require(before.size() == 4 && after.size() == 4, "BatchNorm2d has four tensors");
  if (after.size() != 4) return;
  for (std::size_t i = 0; i < 4; ++i) {
    const Floats all = values(before[i].second);
    expect_tensor(
        "1." + before[i].first, after[i].second, Shape{2}, {all[0], all[2]},
        {{{all[0], all[1]}, "Channel 1 is gone, and channel 2 was given its normalization."},
         {{0, 0}, "These are the start values: the trained statistics were lost."},
         {{1, 1}, "These are the start values: the trained statistics were lost."}});
  }
  const auto* bn = dynamic_cast<nn::BatchNorm2d*>(small->layers()[1].get());
  require(bn != nullptr && bn->epsilon() == 1e-3f, "epsilon must be the original's");
}

TEST(Shrink, BehindAFlattenWholeBlocksGo) {
  nn::Sequential model({conv(1, 3, 1), layer<nn::Flatten>(), linear(3 * 2, 1, 2)});
  set(model.layers()[2]->parameters()[0], {1, 2, 3, 4, 5, 6});
  const auto small = shrink(model, std::vector<KeptChannels>{{0, {0, 2}}});
  expect_tensor("the last weight", small->layers()[2]->parameters()[0], Shape{1, 4}, {1, 2, 5, 6},
                {{{1, 3, 2, 4}, "Each channel is H · W inputs here, and they lie side by side."}});
}

TEST(Shrink, KeepsConvolutionOptionsAndMode) {
  nn::Sequential model({conv(1, 4, 1, {.stride = 2, .padding = 1, .bias = false}),
                        layer<nn::ReLU>(), conv(4, 2, 2)});
  model.eval();
  const auto small = shrink(model, std::vector<KeptChannels>{{0, {1, 2}}});
  const auto* first = dynamic_cast<nn::Conv2d*>(small->layers()[0].get());
  require(first != nullptr && first->options().stride == 2 && first->options().padding == 1 &&
              !first->bias().defined(),
          "stride, padding and the missing bias must be the original's");
  require(!small->training() && !small->layers()[0]->training(),
          "the original is in eval mode; the smaller model is not: train(model.training())");
}

TEST(Shrink, AnMlpComputesTheSame) {
  nn::Sequential model({linear(5, 8, 1), layer<nn::ReLU>(), linear(8, 7, 2, false),
                        layer<nn::Tanh>(), linear(7, 3, 3)});
  Rng rng(9);
  expect_equal_to_silenced(model, {{0, {1, 2, 5}}, {2, {0, 3, 4, 6}}},
                           Tensor::randn(Shape{6, 5}, rng), "layers were lost");
}

TEST(Shrink, OnlyPlannedLayersShrink) {
  nn::Sequential model(
      {linear(5, 8, 1), layer<nn::ReLU>(), linear(8, 7, 2), layer<nn::ReLU>(), linear(7, 3, 3)});
  Rng rng(10);
  expect_equal_to_silenced(model, {{2, {0, 3}}}, Tensor::randn(Shape{6, 5}, rng),
                           "layers were lost");
  const auto small = shrink(model, std::vector<KeptChannels>{{0, {4, 7}}});
  expect_tensor("the last weight", small->layers()[4]->parameters()[0], Shape{3, 7},
                values(model.layers()[4]->parameters()[0]));
}

TEST(Shrink, ACnnComputesTheSame) {
  nn::Sequential model({conv(2, 4, 1), norm(4, 2), layer<nn::ReLU>(), layer<nn::MaxPool2d>(2),
                        conv(4, 5, 3), layer<nn::ReLU6>(), layer<nn::AvgPool2d>(2),
                        layer<nn::Flatten>(), linear(5 * 2 * 2, 3, 4)});
  Rng rng(11);
  expect_equal_to_silenced(model, {{0, {0, 3}}, {4, {1, 2, 4}}},
                           Tensor::randn(Shape{3, 2, 8, 8}, rng), "layers were lost");
}

TEST(Shrink, LeavesTheOriginalAlone) {
  nn::Sequential model({linear(4, 6, 1), layer<nn::ReLU>(), linear(6, 3, 2)});
  const Floats before = values(model.layers()[2]->parameters()[0]);
  const auto small = shrink(model, std::vector<KeptChannels>{{0, {1, 2}}});
  for (const Tensor& parameter : small->parameters()) {
    Tensor handle = parameter;
    for (float& v : handle.data()) v = 77.0f;
  }
  expect_tensor("the original's last weight", model.layers()[2]->parameters()[0], Shape{3, 6},
                before);
  const Floats bias = values(model.layers()[2]->parameters()[1]);
  require(bias[0] != 77.0f, "the last bias is shared by both models: fine-tuning one trains both");
  require(small->layers()[1] == model.layers()[1],
          "layers without weights are the same objects in both models");
}

TEST(Shrink, AnUntouchedGroupedConvolutionMayStay) {
  nn::Sequential model({conv(4, 4, 1, {.padding = 1, .groups = 2}), layer<nn::ReLU>(),
                        conv(4, 3, 2), layer<nn::ReLU>(), conv(3, 2, 3)});
  Rng rng(12);
  expect_equal_to_silenced(model, {{2, {0, 2}}}, Tensor::randn(Shape{2, 4, 4, 4}, rng),
                           "layers were lost");
}

}  // namespace
}  // namespace tinytorch::compression
