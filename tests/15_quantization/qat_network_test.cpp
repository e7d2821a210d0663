// Learner tests of part 13: a whole network, trained as the integers it will be deployed in.
#include "tinytorch/quantization/qat/qat_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "tests/support/small_networks.h"
#include "tests/support/teach.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::quantization {
namespace {

using teach::expect_error;
using teach::expect_near;
using teach::expect_no_error;
using teach::expect_same;
using teach::expect_value;
using Codes = std::vector<std::int8_t>;
using Floats = std::vector<float>;
using Sums = std::vector<std::int32_t>;
using Lines = std::vector<std::string>;

Floats values(const Tensor& tensor) { return {tensor.data().begin(), tensor.data().end()}; }
void fill(Tensor tensor, const Floats& with) {
  std::copy(with.begin(), with.end(), tensor.data().begin());
}
void require(bool condition, const std::string& message,
             const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}
bool failed() { return ::testing::Test::HasFailure(); }

// --- 15.41 fold_batch_norm ---

// γ {3, 0.5}, β {1, 10}, μ {2, -4}, σ² + ε 4 for both: factors {1.5, 0.25}.
std::shared_ptr<nn::BatchNorm2d> norm_of_two() {
  auto norm = std::make_shared<nn::BatchNorm2d>(2, 1.0f);
  fill(norm->weight(), {3.0f, 0.5f});
  fill(norm->bias(), {1.0f, 10.0f});
  fill(norm->running_mean(), {2.0f, -4.0f});
  fill(norm->running_var(), {3.0f, 3.0f});
  return norm;
}

const Shape kTwoByTwo{2, 2, 1, 1};
const Floats kWeight{0.5f, 1.0f, 2.0f, -3.0f};

TEST(FoldBatchNorm, MultipliesEachOutputsWeights) {
  const WeightAndBias folded = fold_batch_norm(Tensor(kTwoByTwo, kWeight), {}, *norm_of_two());
  expect_near(
      "weight", folded.weight.data(), {0.75f, 1.5f, 0.5f, -0.75f}, 1e-6f,
      {{{0.75f, 0.25f, 3.0f, -0.75f},
        "The factors met the input channels: channel o is the first dimension, so reshape them to "
        "{-1, 1, 1, 1}."},
       {{0.375f, 0.75f, 0.25f, -0.375f}, "Divide by the standard deviation, not by the variance."},
       {{0.25f, 0.5f, 1.0f, -1.5f}, "γ is missing from the factor."},
       {{0.8660254f, 1.7320508f, 0.57735026f, -0.8660254f},
        "ε is missing under the root: a channel that never varied would divide by 0."},
       {{0.5490381f, 1.0980762f, 0.3660254f, -0.5490381f},
        "ε belongs under the root, with σ²: sqrt(σ² + ε)."},
       {kWeight, "The weights were left alone."}});
}

TEST(FoldBatchNorm, MovesTheMeanIntoTheBias) {
  const WeightAndBias folded = fold_batch_norm(Tensor(kTwoByTwo, kWeight), {}, *norm_of_two());
  expect_near("bias", folded.bias.data(), {-2.0f, 11.0f}, 1e-6f,
              {{{4.0f, 9.0f}, "The mean is subtracted: β + (bias - μ) · factor."},
               {{-3.0f, 1.0f}, "β is missing."},
               {{1.0f, 10.0f}, "The mean is missing: β + (bias - μ) · factor."},
               {{-1.0f, 14.0f}, "The mean, too, is multiplied by the factor."}});
}

TEST(FoldBatchNorm, TakesTheConvolutionsOwnBiasAlong) {
  const Tensor bias(Shape{2}, {1.0f, 2.0f});
  const WeightAndBias folded = fold_batch_norm(Tensor(kTwoByTwo, kWeight), bias, *norm_of_two());
  expect_near("bias", folded.bias.data(), {-0.5f, 11.5f}, 1e-6f,
              {{{-2.0f, 11.0f}, "The convolution's own bias was dropped."},
               {{-1.0f, 13.0f},
                "The convolution's bias passes through the batch norm too: it is multiplied by "
                "the factor."}});
}

TEST(FoldBatchNorm, IsTheConvolutionAndItsBatchNorm) {
  Rng rng(3);
  nn::Conv2d conv(3, 5, 3, {.padding = 1}, rng);
  nn::BatchNorm2d norm(5);
  fill(norm.weight(), {0.5f, -1.0f, 2.0f, 0.1f, 1.0f});
  fill(norm.bias(), {0.1f, 0.2f, -0.3f, 0.4f, 0.0f});
  fill(norm.running_mean(), {0.2f, -0.1f, 0.0f, 0.3f, 1.0f});
  fill(norm.running_var(), {0.5f, 1.5f, 0.1f, 2.0f, 1.0f});
  norm.eval();
  const Tensor x = Tensor::randn(Shape{2, 3, 4, 4}, rng);
  const WeightAndBias folded = fold_batch_norm(conv.weight(), conv.bias(), norm);
  require(folded.weight.shape() == conv.weight().shape() && folded.bias.shape() == Shape{5},
          "the results have shapes " + to_string(folded.weight.shape()) + " and " +
              to_string(folded.bias.shape()) + ", expected [5, 3, 3, 3] and [5]");
  if (failed()) return;
  expect_near("y", ops::conv2d(x, folded.weight, folded.bias, {.padding = 1}).data(),
              values(norm.forward(conv.forward(x))), 1e-4f);
}

TEST(FoldBatchNorm, RoundsInTheOrderOfTheHeader) {
  Rng rng(4);
  nn::BatchNorm2d norm(40);
  for (Tensor tensor : {norm.weight(), norm.running_var()}) {
    for (float& value : tensor.data()) value = rng.uniform(0.1f, 2.0f);
  }
  const Tensor weight = Tensor::randn(Shape{40, 1, 1, 1}, rng);
  Floats expected;
  Floats other;
  for (std::size_t o = 0; o < 40; ++o) {
    const float deviation = std::sqrt(norm.running_var().data()[o] + norm.epsilon());
    const float factor = norm.weight().data()[o] / deviation;
    const float w = weight.data()[o];
    expected.push_back(w * factor);
    other.push_back(w * norm.weight().data()[o] / deviation);
  }
  expect_same<float>("weight", fold_batch_norm(weight, {}, norm).weight.data(), expected,
                     {{other,
                       "You multiplied by γ first and divided afterwards. That rounds differently; "
                       "make the factor first."}});
}

TEST(FoldBatchNorm, SendsGradientsToAllFour) {
  const auto norm = norm_of_two();
  Tensor weight(kTwoByTwo, kWeight);
  Tensor bias(Shape{2}, {1.0f, 2.0f});
  weight.set_requires_grad();
  bias.set_requires_grad();
  const WeightAndBias folded = fold_batch_norm(weight, bias, *norm);
  require(folded.weight.requires_grad() && folded.bias.requires_grad(),
          "no gradient can pass: compute with the functions of ops, on the tensors themselves, not "
          "on their data");
  if (failed()) return;
  ops::add(ops::sum(folded.weight), ops::sum(folded.bias)).backward();
  const std::vector<std::pair<std::string, Tensor>> leaves{
      {"weight", weight}, {"bias", bias}, {"γ", norm->weight()}, {"β", norm->bias()}};
  for (const auto& [name, leaf] : leaves) {
    require(leaf.grad().defined(), "no gradient reached " + name + ": training could not move it");
  }
  if (failed()) return;
  expect_near("gradient of weight", weight.grad().data(), {1.5f, 1.5f, 0.25f, 0.25f}, 1e-6f);
  expect_near("gradient of γ", norm->weight().grad().data(), {0.25f, 2.5f}, 1e-6f);
}

TEST(FoldBatchNorm, ChannelsMustBeOutputs) {
  (void)fold_batch_norm(Tensor(kTwoByTwo, kWeight), {}, nn::BatchNorm2d(2));  // these are
  expect_error([] { (void)fold_batch_norm(Tensor(kTwoByTwo, kWeight), {}, nn::BatchNorm2d(1)); },
               "must be 2, got 1",
               "Given: one channel would be broadcast over all outputs in silence.");
}

// --- 15.42 qat_conv2d ---

// x quantized and dequantized.
Tensor fake_quantized(const Tensor& x, QParams grid, QRange range) {
  Codes codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), grid, range, codes);
  Tensor moved(x.shape());
  dequantize(codes, grid, moved.data());
  return moved;
}

// A 1×1 convolution of two channels over an image of two places, (0.5, -1) and (1.5, 0.25). Its
// real outputs are 1.25 and 1.625 in channel 0, -1.125 and 0.0625 in channel 1.
struct OneConv {
  WeightAndBias layer{Tensor(kTwoByTwo, {1.0f, -0.5f, 0.25f, 0.75f}),
                      Tensor(Shape{2}, {0.25f, -0.5f})};
  Tensor x{Shape{1, 2, 1, 2}, {0.5f, 1.5f, -1.0f, 0.25f}};
  MovingAverageObserver observer{0.5f};
  ConvContext context;

  explicit OneConv(Activation activation = Activation::kNone, Range seen = {-2.0f, 2.0f}) {
    observer.observe(Floats{seen.min, seen.max});
    context = {.scales = {0.5f, 0.25f}, .input = {0.25f, 3}, .observer = &observer};
    context.spec.activation = activation;
    for (Tensor* leaf : {&layer.weight, &layer.bias, &x}) leaf->set_requires_grad();
  }
  Tensor run() { return qat_conv2d(x, layer, context); }
};

TEST(QatConv2d, ComputesTheConvolution) {
  const Tensor y = OneConv().run();
  require(y.shape() == Shape{1, 2, 1, 2},
          "y is " + to_string(y.shape()) + ", expected [1, 2, 1, 2]");
  if (failed()) return;
  expect_near(
      "y", y.data(), {1.25f, 1.625f, -1.125f, 0.0625f}, 0.01f,
      {{{1.25f, -1.125f, 1.625f, 0.0625f},
        "y is in channels-last order: to_channels_first before it becomes a tensor again."},
       {{0.0f, -0.875f, 0.75f, -0.5625f},
        "The codes of x were read as channels-last and are not: to_channels_last comes first."},
       {{80.0f, 104.0f, -72.0f, 4.0f}, "These are codes; bring them back to real values."}});
}

// The lesson's first sum, 675 steps, 13.5 output steps: a tie.
TEST(QatConv2d, RunsTheIntegers) {
  MovingAverageObserver observer(0.1f);
  observer.observe(Floats{-0.55f, 2.0f});
  const WeightAndBias layer{Tensor(Shape{1, 2, 1, 1}, {0.5f, -1.27f}), Tensor(Shape{1}, {0.1f})};
  const Tensor x(Shape{1, 2, 1, 3}, {1.34f, -0.86f, -0.4f, 0.5f, -0.5f, -0.5f});
  const Tensor y =
      qat_conv2d(x, layer, {.scales = {0.01f}, .input = {0.02f, -64}, .observer = &observer});
  require(observer.range() == Range{-0.55f, 2.0f},
          "`observe` was false and the observer moved: in evaluation it must not");
  if (failed()) return;
  expect_near("y", y.data(), {0.14f, 0.30f, 0.54f}, 1e-6f,
              {{{0.135f, 0.305f, 0.535f},
                "Nothing was quantized: training would learn weights for a network that is never "
                "deployed."}});
}

// Sums of 25, 75, 125, … steps are ties between two output codes, one output in fifty.
TEST(QatConv2d, ASimulationWouldMissTies) {
  constexpr std::int64_t kPlaces = 1000;
  Rng rng(12);
  const WeightAndBias layer{Tensor(Shape{1, 2, 1, 1}, {0.5f, -1.27f}), Tensor(Shape{1}, {0.1f})};
  MinMaxObserver observer;
  observer.observe(Floats{-0.55f, 2.0f});  // scale 0.01, zero-point -73
  const QParams input{0.02f, -64};
  const Tensor x =
      fake_quantized(Tensor::randn(Shape{1, 2, kPlaces, 1}, rng), input, full_range(8));
  const Tensor y = qat_conv2d(x, layer, {.scales = {0.01f}, .input = input, .observer = &observer});
  Sums sums;
  Floats expected;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const auto code = [&](std::size_t at) {
      return static_cast<int>(std::lround(x.data()[at] / input.scale));
    };
    sums.push_back(500 + 50 * code(i) - 127 * code(kPlaces + i));
    const float scale = (2.0f - -0.55f) / 255.0f;
    const float steps = std::nearbyint(static_cast<float>(sums.back()) * (0.02f * 0.01f / scale));
    expected.push_back(std::clamp(steps - 73.0f, -128.0f, 127.0f) + 73.0f);
    expected.back() *= scale;
  }
  expect_same<float>("y", y.data(), expected, {}, [&](std::size_t i) {
    return "a sum of " + std::to_string(sums[i]) +
           " steps of 0.0002 on a grid of 0.01; float sums round, and fall on one side of a tie "
           "or the other: run the deployed integers";
  });
}

TEST(QatConv2d, TheForwardPassIsTheDeployedLayerBitForBit) {
  Rng rng(5);
  const ConvSpec spec{.options = {.stride = 2, .padding = 1, .groups = 2},
                      .activation = Activation::kRelu,
                      .activation_bits = 6};
  const QRange range = full_range(6);
  const Floats scales{0.02f, 0.02f, 0.02f, 0.02f};
  const QParams input{0.1f, -5};
  const WeightAndBias layer{
      fake_quantized(Tensor::randn(Shape{4, 2, 3, 3}, rng), {0.02f, 0}, symmetric_range(8)),
      Tensor::randn(Shape{4}, rng)};
  const Tensor x = fake_quantized(Tensor::randn(Shape{2, 4, 5, 5}, rng), input, range);
  MinMaxObserver observer;
  observer.observe(Floats{-1.0f, 12.0f});
  Tensor y;
  expect_no_error(
      [&] {
        y = qat_conv2d(x, layer,
                       {.scales = scales, .input = input, .observer = &observer, .spec = spec});
      },
      "Images, stride, padding and groups of any kind have an answer.");
  if (failed()) return;
  QuantizedConv2d deployed = deploy_conv2d(layer, scales, input, spec);
  deployed.set_output(choose_qparams_asymmetric(-1.0f, 12.0f, range), range, Dialect::kOrt);
  Codes codes(static_cast<std::size_t>(x.numel()));
  quantize(x.data(), input, range, codes);
  Codes result(2 * 4 * 9);
  deployed.forward(to_channels_last<std::int8_t>(codes, 4, 25), {2, 5, 5}, result);
  Floats expected(result.size());
  dequantize(to_channels_first<std::int8_t>(result, 4, 9), deployed.output(), expected);
  expect_same<float>("y", y.data(), expected, {}, [](std::size_t) {
    return "6-bit activations: full_range(spec.activation_bits) belongs in every place that "
           "takes a range";
  });
}

TEST(QatConv2d, SpeaksTheDialectItIsTold) {
  // 5 steps of 1 on an output grid of 2: 2.5, to even is 2 and away from zero is 3.
  for (const auto& [dialect, expected] :
       {std::pair{Dialect::kOrt, 4.0f}, std::pair{Dialect::kTflite, 6.0f}}) {
    MinMaxObserver observer;
    observer.observe(Floats{-256.0f, 254.0f});
    const WeightAndBias layer{Tensor(Shape{1, 1, 1, 1}, {5.0f}), Tensor(Shape{1}, {0.0f})};
    const Tensor y = qat_conv2d(Tensor::ones(Shape{1, 1, 1, 1}), layer,
                                {.scales = {1.0f},
                                 .input = {1.0f, 0},
                                 .observer = &observer,
                                 .spec = {.dialect = dialect}});
    expect_value(dialect == Dialect::kOrt ? "y in dialect ort" : "y in dialect tflite", y.item(),
                 expected, {{4.0f, "That is dialect ort: hand spec.dialect to set_output."}});
  }
}

TEST(QatConv2d, TheObserverSeesRealOutputs) {
  OneConv one;
  one.observer.observe(Floats{-4.0f, 4.0f});  // range now [-3, 3]
  one.context.observe = true;
  (void)one.run();
  // Real outputs lie in [-1.125, 1.625]; momentum 0.5.
  const Range range = one.observer.range();
  require(std::abs(range.max - 2.3125f) < 0.01f && std::abs(range.min + 2.0625f) < 0.01f,
          "after observing, the range is [" + teach::show(range.min) + ", " +
              teach::show(range.max) +
              "], expected about [-2.0625, 2.3125]: show the observer deployed.real_outputs(acc), "
              "not sums or codes, and show it once");
}

TEST(QatConv2d, ObservesOnlyWhenAsked) {
  OneConv one;
  (void)one.run();
  require(one.observer.range() == Range{-2.0f, 2.0f},
          "`observe` was false and the observer moved: in evaluation it must not");
}

TEST(QatConv2d, TheNewRangeCountsAtOnce) {
  OneConv one(Activation::kNone, {-0.1f, 0.1f});
  one.observer = MovingAverageObserver(1.0f);
  one.observer.observe(Floats{-0.1f, 0.1f});
  one.context.observe = true;
  const float largest = values(one.run())[1];
  require(largest > 1.6f, "the output 1.625 came back as " + teach::show(largest) +
                              ": observe first, then choose the output's parameters");
}

// The gradient of y is {1, 2} for channel 0 and {10, 20} for channel 1.
void expect_bias_gradient(OneConv& one, const Floats& expected,
                          const std::vector<teach::Suspicion<float>>& suspicions,
                          const teach::Location& where = teach::Location::current()) {
  const Tensor y = one.run();
  if (!y.requires_grad()) {
    teach::report(where, "the result was not recorded: return it through autograd::record");
    return;
  }
  ops::sum(ops::mul(y, Tensor(y.shape(), {1.0f, 2.0f, 10.0f, 20.0f}))).backward();
  if (!one.layer.bias.grad().defined()) {
    teach::report(where, "no gradient reached the bias: record {x, weight, bias}");
    return;
  }
  expect_near("grad of bias", one.layer.bias.grad().data(), expected, 1e-4f, suspicions, where);
}

TEST(QatConv2d, GradientsAreThoseOfTheConvolution) {
  OneConv one;
  expect_bias_gradient(one, {3.0f, 30.0f},
                       {{{0.0f, 0.0f}, "No gradient passed; nothing was clipped here."}});
  if (failed()) return;
  expect_near("grad of weight", one.layer.weight.grad().data(), {3.5f, -0.5f, 35.0f, -5.0f}, 1e-4f);
  expect_near("grad of x", one.x.grad().data(), {3.5f, 7.0f, 7.0f, 14.0f}, 1e-4f);
}

TEST(QatConv2d, ClippedOutputsPassNoGradient) {
  OneConv one(Activation::kNone, {-2.0f, 1.3f});  // 1.625, place 1 of channel 0, is beyond
  expect_bias_gradient(
      one, {1.0f, 30.0f},
      {{{3.0f, 30.0f},
        "An output that was clipped still passed its gradient: it would push further into the "
        "clip."},
       {{3.0f, 20.0f},
        "Place and channel are swapped: the mask of real is channels-last, the gradient is not."}});
}

TEST(QatConv2d, AReluBlocksWhatIsNotPositive) {
  OneConv one(Activation::kRelu);
  expect_bias_gradient(
      one, {3.0f, 20.0f},
      {{{3.0f, 30.0f}, "An output that the ReLU cut passed its gradient."},
       {{1.0f, 30.0f},
        "Place and channel are swapped: the mask of real is channels-last, the gradient is not."}});
}

TEST(QatConv2d, ClippedOutputsPassWhenTheSpecSaysSo) {
  OneConv one(Activation::kRelu, {-2.0f, 1.3f});
  one.context.spec.clip_gradient = ClipGradient::kPassed;
  expect_bias_gradient(
      one, {3.0f, 20.0f},
      {{{1.0f, 20.0f}, "ClipGradient::kPassed asks the quantizer's clip to let gradients through."},
       {{3.0f, 30.0f}, "kPassed is about the quantizer; a ReLU blocks all the same."}});
}

TEST(QatConv2d, ARelu6BlocksAtBothEnds) {
  OneConv one(Activation::kRelu6, {0.0f, 10.0f});
  fill(one.layer.bias, {8.0f, -0.5f});  // channel 0 is 9 and 9.375 before the activation
  expect_bias_gradient(one, {0.0f, 20.0f},
                       {{{3.0f, 20.0f}, "6 and above is where ReLU6 cuts: no gradient there."},
                        {{0.0f, 30.0f}, "An output below 0 passed its gradient."},
                        {{3.0f, 30.0f}, "An output that the ReLU6 cut passed its gradient."}});
}

TEST(QatConv2d, GradientsKnowStrideAndPadding) {
  Rng rng(6);
  MinMaxObserver observer;
  observer.observe(Floats{-50.0f, 50.0f});
  const ConvSpec spec{.options = {.stride = 2, .padding = 1}};
  const QParams input{0.05f, 0};
  WeightAndBias layer{
      fake_quantized(Tensor::randn(Shape{2, 1, 3, 3}, rng), {0.02f, 0}, full_range(8)),
      Tensor::zeros(Shape{2})};
  layer.weight.set_requires_grad();
  const Tensor x = fake_quantized(Tensor::randn(Shape{1, 1, 6, 6}, rng), input, full_range(8));
  expect_no_error(
      [&] {
        ops::sum(
            qat_conv2d(
                x, layer,
                {.scales = {0.02f, 0.02f}, .input = input, .observer = &observer, .spec = spec}))
            .backward();
      },
      "Stride and padding of the layer belong in conv2d_gradients too: spec.options.");
  if (failed()) return;
  Tensor same = layer.weight.clone();
  same.set_requires_grad();
  ops::sum(ops::conv2d(x, same, {}, spec.options)).backward();
  expect_near("grad of weight", layer.weight.grad().data(), values(same.grad()), 1e-4f);
}

// --- 15.44 match_network ---

std::string show(const QatNode& node) {
  const char* kinds[] = {"conv", "linear", "add", "max_pool", "average_pool", "flatten"};
  std::string line = node.path + ": " + kinds[static_cast<int>(node.kind)] + " of";
  for (const std::size_t input : node.inputs) line += " " + std::to_string(input);
  if (node.batch_norm != nullptr) line += ", batch norm";
  if (node.activation == Activation::kRelu) line += ", relu";
  if (node.activation == Activation::kRelu6) line += ", relu6";
  if (node.kind == QatKind::kMaxPool || node.kind == QatKind::kAveragePool) {
    line += ", windows of " + to_string(node.pool.kernel);
  }
  return line;
}

// `says` are lines a known mistake leads to, and what to tell whoever made it.
void expect_nodes(const nn::Module& model, const Lines& expected,
                  const std::vector<std::pair<std::string, std::string>>& says = {},
                  const teach::Location& where = teach::Location::current()) {
  std::vector<QatNode> found;
  expect_no_error([&] { found = match_network(model); },
                  "Every layer of " + model.describe() + " has an integer form.", where);
  Lines got;
  for (const QatNode& node : found) got.push_back(show(node));
  if (got == expected) return;
  std::string message = "the steps are\n";
  for (const std::string& line : got) message += "    " + line + "\n";
  message += "expected\n";
  for (const std::string& line : expected) message += "    " + line + "\n";
  for (const auto& [line, why] : says) {
    if (std::find(got.begin(), got.end(), line) != got.end()) message += why + "\n";
  }
  teach::report(where, message);
}

using small::Layers;
using small::sequence;

std::shared_ptr<nn::Conv2d> biased(Rng& rng) {
  return std::make_shared<nn::Conv2d>(2, 2, 3, nn::Conv2dOptions{.padding = 1}, rng);
}

TEST(MatchNetwork, FusesBatchNormAndActivationIntoTheConvolution) {
  Rng rng(1);
  expect_nodes(
      *small::cnn(rng),
      {"0: conv of 0, batch norm, relu", "3: max_pool of 1, windows of 2",
       "4: conv of 2, batch norm, relu", "7: average_pool of 3, windows of 2", "8: flatten of 4",
       "9: linear of 5"},
      {{"0: conv of 0, relu", "The batch norm was lost: it must travel with its convolution."},
       {"7: max_pool of 3, windows of 2",
        "An average is not a maximum: AvgPool2d has its own kind."},
       {"0: conv of 0, batch norm", "The ReLU was lost: the deployed network would be linear."}});
}

TEST(MatchNetwork, KeepsTheVeryModules) {
  Rng rng(1);
  const auto model = small::cnn(rng);
  const auto nodes = match_network(*model);
  require(nodes.size() == 6, "expected 6 nodes, got " + std::to_string(nodes.size()));
  if (failed()) return;
  require(nodes[0].conv == model->layers()[0] && nodes[0].batch_norm == model->layers()[1] &&
              nodes[5].linear == model->layers()[9],
          "a node must hold the model's own layer: a copy would be trained in its place");
}

TEST(MatchNetwork, TellsRelu6AndGlobalPoolingApart) {
  Rng rng(1);
  expect_nodes(
      *small::depthwise(rng),
      {"0: conv of 0, batch norm, relu6", "3: conv of 1, batch norm, relu6",
       "6: conv of 2, batch norm, relu6", "9: average_pool of 3, windows of 0", "10: flatten of 4",
       "11: linear of 5"},
      {{"0: conv of 0, batch norm, relu",
        "ReLU6 was taken for a ReLU: outputs above 6 would pass."},
       {"9: average_pool of 3, windows of 2",
        "Global pooling is one window over the whole image, whatever its size: kernel 0."},
       {"9: average_pool of 3, windows of 1",
        "Global pooling is one window over the whole image, whatever its size: kernel 0."}});
}

TEST(MatchNetwork, AResidualReadsItsInputTwice) {
  Rng rng(1);
  expect_nodes(
      *small::residual(rng),
      {"0: conv of 0", "1.body.0: conv of 1, batch norm, relu", "1.body.3: conv of 2, batch norm",
       "1: add of 3 1, relu", "3.body.0: conv of 4, batch norm",
       "3.shortcut.0: conv of 4, batch norm", "3: add of 5 6, relu",
       "5: average_pool of 7, windows of 0", "6: flatten of 8", "7: linear of 9"},
      {{"1: add of 3 3, relu",
        "The identity shortcut reads the block's input, not what the body made of it."},
       {"1: add of 1 3, relu", "The body comes first in the inputs of a kAdd."},
       {"3.shortcut.0: conv of 5, batch norm",
        "The shortcut reads the block's input, not the body's output."},
       {"0: conv of 1, batch norm, relu", "A path joins the names of all parents: \"1.body.0\"."},
       {"1.0: conv of 1, batch norm, relu",
        "The path leaves out \"body\": the keys of the state have it."},
       {"1.body.3: conv of 2, batch norm, relu",
        "The ReLU behind the block was fused into the body's last layer; it belongs to the sum."}});
}

TEST(MatchNetwork, AnEmptyBodyAndNestedSequencesAreFine) {
  Rng rng(1);
  expect_nodes(*sequence({sequence({biased(rng), sequence({std::make_shared<nn::ReLU>()})}),
                          std::make_shared<nn::Residual>(sequence({}))}),
               {"0.0: conv of 0, relu", "1: add of 1 1"});
}

TEST(MatchNetwork, AReluAtTheHeadOfABodyIsNotFusedOutOfIt) {
  Rng rng(1);
  const auto block =
      std::make_shared<nn::Residual>(sequence({std::make_shared<nn::ReLU>(), biased(rng)}));
  expect_error(
      [&] {
        (void)match_network(*sequence({biased(rng), block}));
      },
      "1.body.0", "Fused into layer 0, the ReLU would also cut what the shortcut carries past it.");
}

TEST(MatchNetwork, PassesOverDropout) {
  Rng rng(1);
  expect_nodes(*small::mlp(rng), {"0: linear of 0, relu", "3: linear of 1"});
}

TEST(MatchNetwork, RefusesWhatItCannotDeploy) {
  Rng rng(1);
  const auto refused = [](const Layers& layers, const std::string& fragment,
                          const std::string& why) {
    expect_error([&] { (void)match_network(*sequence(layers)); }, fragment, why);
  };
  refused({biased(rng), std::make_shared<nn::Sigmoid>()}, "1, Sigmoid()",
          "A layer passed over in silence is missing from the deployed network.");
  refused({biased(rng), sequence({std::make_shared<nn::Tanh>()})}, "1.0, Tanh()",
          "The message names path and kind, inside a block too.");
}

TEST(MatchNetwork, WhatCannotBeJoinedIsRefused) {
  Rng rng(1);
  const auto refused = [](const Layers& layers, const std::string& fragment,
                          const std::string& why) {
    expect_error([&] { (void)match_network(*sequence(layers)); }, fragment, why);
  };
  const auto relu = std::make_shared<nn::ReLU>();
  const auto norm = std::make_shared<nn::BatchNorm2d>(2);
  refused({relu}, "0, ReLU()", "Nothing stands before it: joinable() is null.");
  refused({norm}, "0, BatchNorm2d(2)", "Nothing stands before it: joinable() is null.");
  refused({biased(rng), relu, std::make_shared<nn::ReLU6>()}, "2, ReLU6()",
          "join_activation() refuses a second activation: let it see the node.");
  refused({biased(rng), std::make_shared<nn::MaxPool2d>(2), relu}, "2, ReLU()",
          "join_activation() refuses a pool: let it see the node.");
  refused({biased(rng), relu, norm}, "2, BatchNorm2d(2)",
          "join_batch_norm() refuses it behind a ReLU: let it see the node.");
  refused({biased(rng), norm, norm}, "2, BatchNorm2d(2)",
          "join_batch_norm() refuses a second batch norm: let it see the node.");
  refused({std::make_shared<nn::Linear>(2, 2, rng), norm}, "1, BatchNorm2d(2)",
          "join_batch_norm() refuses it behind a Linear: let it see the node.");
}

TEST(MatchNetwork, TakesLayersWithoutABias) {
  Rng rng(1);
  const auto bare = std::make_shared<nn::Linear>(2, 2, nn::LinearOptions{.bias = false}, rng);
  expect_no_error(
      [&] {
        (void)match_network(*sequence({bare}));
        (void)match_network(*sequence({small::conv(2, 2, 3, 1, 1, rng)}));
      },
      "A layer without a bias, and without a batch norm that gives it one, has a bias of 0.");
}

TEST(MatchNetwork, RefusesPoolingAndFlattenOfOtherKinds) {
  Rng rng(1);
  expect_error(
      [&] {
        (void)match_network(
            *sequence({biased(rng), std::make_shared<nn::AdaptiveAvgPool2d>(2, 2)}));
      },
      "1, AdaptiveAvgPool2d(2, 2)", "Its windows may overlap; only (1, 1) is one window.");
  expect_error(
      [&] {
        (void)match_network(*sequence({biased(rng), std::make_shared<nn::Flatten>(2)}));
      },
      "1, Flatten(start_dim=2)", "Deployed, a Flatten joins everything but the batch.");
}

// --- 15.45 convert_network ---

std::shared_ptr<QatNetwork> calibrated(const nn::Module& model, const Shape& sample,
                                       const QConfig& config = {}) {
  Rng rng(9);
  auto net = prepare_network(model, config);
  net->eval();
  (void)net->forward(small::batch(sample, 16, rng));
  net->set_phase(QatPhase::kQuantize);
  return net;
}

// The deployed network, or nothing and a failure that says `why`.
std::optional<QuantizedNetwork> converted(
    const QatNetwork& net, const std::string& why,
    const teach::Location& where = teach::Location::current()) {
  std::optional<QuantizedNetwork> deployed;
  expect_no_error([&] { deployed = convert_network(net); }, why, where);
  return deployed;
}

TEST(ConvertNetwork, FoldsTheBatchNorm) {
  Rng rng(1);
  const auto model =
      sequence({small::conv(2, 3, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(3)});
  fill(model->named_parameters()[1].second, {2.0f, 0.5f, -1.0f});
  fill(model->named_parameters()[2].second, {0.1f, 0.2f, 0.3f});
  const auto net = calibrated(*model, {2, 4, 4});
  const auto deployed = converted(*net,
                                  "net.folded(i) has a weight and a bias, also where the "
                                  "convolution itself has none.");
  if (!deployed) return;
  const auto& layer = std::get<QuantizedConv2d>(deployed->nodes()[0].op);
  const WeightAndBias folded = net->folded(0);
  const float raw = max_scales(model->named_parameters()[0].second, Granularity::kPerChannel, 8)[0];
  expect_value("scale of channel 0", layer.weight_scales()[0],
               max_scales(folded.weight, Granularity::kPerChannel, 8)[0],
               {{raw, "The convolution went out without its batch norm: deploy net.folded(i)."}});
}

TEST(ConvertNetwork, ReordersTheColumnsBehindAFlatten) {
  // Images of 2 channels and 2 places; features (c, p) = 00 01 10 11 become 00 10 01 11.
  Rng rng(1);
  auto linear = std::make_shared<nn::Linear>(4, 1, rng);
  fill(linear->weight(), {127.0f, 1.0f, 2.0f, 3.0f});
  const auto net = calibrated(*sequence({std::make_shared<nn::Flatten>(), linear}), {2, 1, 2});
  const auto deployed = converted(*net, "A Flatten at the front has an integer form.");
  if (!deployed) return;
  const auto& layer = std::get<QuantizedLinear>(deployed->nodes()[1].op);
  expect_same<std::int8_t>(
      "weight codes", layer.weight_codes(), {127, 2, 1, 3},
      {{{127, 1, 2, 3},
        "The columns are still in the order (c, h, w); deployed features come as (h, w, c), so "
        "each weight would meet another pixel."}});
}

TEST(ConvertNetwork, ReordersByChannelsAndPlaces) {
  Rng rng(1);
  auto linear = std::make_shared<nn::Linear>(6, 1, rng);
  fill(linear->weight(), {127.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f});  // 3 channels of 2 places
  const auto net = calibrated(*sequence({std::make_shared<nn::Flatten>(), linear}), {3, 2, 1});
  const auto deployed = converted(*net, "A Flatten at the front has an integer form.");
  if (!deployed) return;
  const auto& layer = std::get<QuantizedLinear>(deployed->nodes()[1].op);
  expect_same<std::int8_t>(
      "weight codes", layer.weight_codes(), {127, 2, 4, 1, 3, 5},
      {{{127, 3, 1, 4, 2, 5},
        "Channels and places are swapped in the call: to_channels_last(values, C, H · W)."},
       {{127, 1, 2, 3, 4, 5}, "The columns are still in the order (c, h, w)."}});
}

TEST(ConvertNetwork, ASumKeepsItsParametersAndItsActivation) {
  Rng rng(1);
  const auto net = calibrated(*small::residual(rng), {2, 8, 8});
  const auto deployed = converted(
      *net,
      "A node reads the parameters of its own inputs: value_qparams(node.inputs.front()), and a "
      "sum "
      "also those of node.inputs.back(); the node before it in the list may be in another branch.");
  if (!deployed) return;
  const auto& sum = std::get<QuantizedAdd>(deployed->nodes()[3].op);
  require(sum.grids().a == net->value_qparams(3) && sum.grids().output == net->value_qparams(4),
          "a sum reads its first input's parameters and writes its own");
  require(sum.activation() == Activation::kRelu,
          "The ReLU behind the sum was lost: hand node.activation to the QuantizedAdd");
  require(sum.grids().b == net->value_qparams(1),
          "a sum reads the parameters of its second input too, value_qparams(node.inputs.back())");
}

TEST(ConvertNetwork, PoolsStayAsTheyAre) {
  Rng rng(1);
  const auto net = calibrated(*sequence({biased(rng), std::make_shared<nn::MaxPool2d>(3, 2, 1),
                                         std::make_shared<nn::AvgPool2d>(2, 1)}),
                              {2, 8, 8});
  const auto deployed = converted(*net, "Pools of any window have an integer form.");
  if (!deployed) return;
  const auto& first = std::get<QuantizedPool>(deployed->nodes()[1].op);
  const auto& second = std::get<QuantizedPool>(deployed->nodes()[2].op);
  require(first.kind == PoolKind::kMax, "MaxPool2d was deployed as an average");
  require(second.kind == PoolKind::kAverage, "AvgPool2d was deployed as a maximum");
  expect_value("stride of MaxPool2d(3, 2, 1)", first.stride.height, std::int64_t{2},
               {{3, "The stride is the layer's own, not its kernel."},
                {1, "The stride is missing: node.pool.stride."}});
  expect_value("padding of MaxPool2d(3, 2, 1)", first.padding.top, std::int64_t{1},
               {{0, "The padding is missing: node.pool.padding."}});
}

TEST(ConvertNetwork, DeploysTheScalesItTrainedWith) {
  Rng rng(1);
  for (const QConfig& config :
       {QConfig{.weight_bits = 4, .granularity = Granularity::kPerTensor},
        QConfig{.weight_bits = 4, .weight_quantizer = WeightQuantizer::kLsq}}) {
    const auto net = calibrated(*sequence({biased(rng)}), {2, 4, 4}, config);
    const auto deployed = converted(*net, "Every way of choosing scales can be deployed.");
    if (!deployed) return;
    const auto& layer = std::get<QuantizedConv2d>(deployed->nodes()[0].op);
    expect_same<float>(
        "weight_scales", layer.weight_scales(),
        net->scales(0, net->folded(0), net->input_qparams()),
        {{max_scales(net->folded(0).weight, Granularity::kPerChannel, 4),
          "Deployment chose a clip of its own: the largest weight of each channel. Training used "
          "net.scales(i, …), which may be learned or shared."}});
  }
}

TEST(ConvertNetwork, KeepsWidthsAndDialect) {
  Rng rng(1);
  const auto net =
      calibrated(*small::cnn(rng), {2, 8, 8},
                 {.weight_bits = 5, .activation_bits = 6, .dialect = Dialect::kTflite});
  const auto deployed = converted(
      *net, "config.dialect goes to the network and, through net.spec(i), to every layer.");
  if (!deployed) return;
  require(deployed->dialect() == Dialect::kTflite,
          "the network was trained in dialect tflite and deployed in ort");
  expect_value("activation bits", deployed->activation_bits(), 6,
               {{8, "config.activation_bits was not used."}});
  const auto& layer = std::get<QuantizedConv2d>(deployed->nodes()[0].op);
  expect_value("highest output code", layer.output_range().qmax, 31,
               {{127, "config.activation_bits was not used: 6 bits end at 31."}});
  expect_value("weight bits", layer.weight_bits(), 5);
}

TEST(ConvertNetwork, WhatWasTrainedIsWhatIsDeployedBitForBit) {
  for (const Dialect dialect : {Dialect::kOrt, Dialect::kTflite}) {
    for (const small::Example& example : small::examples()) {
      Rng rng(2);
      const auto net = calibrated(*example.make(rng), example.sample, {.dialect = dialect});
      small::train_a_little(*net, example.sample, 2, 0.02f, rng);
      const Tensor x = small::batch(example.sample, 8, rng);
      const Tensor trained = net->forward(x);
      const auto deployed = converted(*net, "Every network that trains can be deployed.");
      if (!deployed) return;
      expect_same<float>("logits of the deployed " + example.name, deployed->forward(x).data(),
                         values(trained), {}, [](std::size_t) {
                           return "training saw another number: the same weights, scales and "
                                  "parameters, from the QatNetwork and nowhere else";
                         });
      if (failed()) return;
    }
  }
}

TEST(ConvertNetwork, RefusesANetworkThatWasNeverCalibrated) {
  Rng rng(1);
  const auto net = prepare_network(*small::cnn(rng), {});
  expect_error([&] { (void)convert_network(*net); }, "nothing observed",
               "There is no scale without calibration.");
}

}  // namespace
}  // namespace tinytorch::quantization
