// Learner tests of qat.cpp: train the integers you deploy.
#include "tinytorch/quantization/qat/qat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "tests/support/teach.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/dropout.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/quantization/arithmetic/affine.h"

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

Floats values(const Tensor& tensor) { return {tensor.data().begin(), tensor.data().end()}; }
template <typename T>
std::vector<T> copy(std::span<const T> span) {
  return {span.begin(), span.end()};
}
void require(bool condition, const std::string& message,
             const teach::Location& where = teach::Location::current()) {
  if (!condition) teach::report(where, message);
}

std::shared_ptr<nn::Linear> linear_of(std::int64_t in, std::int64_t out, const Floats& weight,
                                      const Floats& bias) {
  Rng rng(1);
  auto linear = std::make_shared<nn::Linear>(in, out, rng);
  Tensor w = linear->weight();
  Tensor b = linear->bias();
  std::copy(weight.begin(), weight.end(), w.data().begin());
  std::copy(bias.begin(), bias.end(), b.data().begin());
  return linear;
}

// --- 15.19 quantize_linear ---

TEST(QuantizeLinear, HoldsCodesScalesAndBias) {
  const Tensor weight(Shape{2, 2}, {1.27f, -0.5f, 0.0127f, 0.01f});
  const Tensor bias(Shape{2}, {0.5f, -0.25f});
  const QuantizedLinear layer = quantize_linear(weight, bias, {0.5f, 0}, 8, false);
  expect_same<float>(
      "weight_scales", layer.weight_scales(), {1.27f / 127.0f, 0.0127f / 127.0f},
      {{{1.27f / 127.0f, 1.27f / 127.0f},
        "One scale serves both channels: hand channel_scales the number of outputs."}});
  expect_same<std::int8_t>(
      "weight codes", layer.weight_codes(), {127, -50, 127, 100},
      {{{127, -50, 1, 1}, "Both channels were quantized with the first one's scale."}});
  expect_same<std::int32_t>("bias codes", layer.bias(), {100, -5000},
                            {{{50, -2500}, "The input's scale is missing from the bias's step."},
                             {{100, -50}, "Channel 1's bias was counted in channel 0's steps."},
                             {{0, 0}, "The bias was lost."}});
  expect_value("input scale", layer.input().scale, 0.5f);
}

TEST(QuantizeLinear, WeightBitsReachTheCodes) {
  const Tensor weight(Shape{1, 3}, {0.7f, -0.3f, 0.1f});
  const QuantizedLinear layer =
      quantize_linear(weight, Tensor::zeros(Shape{1}), {1.0f, 0}, 4, false);
  expect_same<std::int8_t>(
      "weight codes in 4 bits", layer.weight_codes(), {7, -3, 1},
      {{{127, -54, 18}, "weight_bits was ignored: 4 bits reach ±7."},
       {{7, -7, 7},
        "The scale was chosen for 8 bits and the codes were cut to 4: weight_bits "
        "belongs in both calls."},
       {{1, 0, 0}, "The scale was chosen for another width than the codes."}});
}

TEST(QuantizeLinear, ReluReachesTheLayer) {
  const Tensor weight(Shape{1, 1}, {1.0f});
  QuantizedLinear layer = quantize_linear(weight, Tensor::zeros(Shape{1}), {1.0f, 0}, 8, true);
  layer.set_output({1.0f, -20}, full_range(8));
  expect_value("lowest output code", layer.output_range().qmin, -20,
               {{-128, "The ReLU was forgotten: pass `relu` on."}});
}

TEST(QuantizeLinear, ABiasThatDwarfsItsWeightsDoesNotWrap) {
  // Channel 1: weights of 1e-6 and a bias of 1000. At the weights' own scale the bias would be
  // about 1e3 / (1e-2 · 7.9e-9) = 1.3e13 steps.
  const Tensor weight(Shape{2, 1}, {1.0f, 1e-6f});
  const Tensor bias(Shape{2}, {0.0f, 1000.0f});
  std::optional<QuantizedLinear> quantized;
  expect_no_error(
      [&] {
        quantized = quantize_linear(weight, bias, {0.01f, 0}, 8, false);
      },
      "Enlarge the scale of a channel whose bias does not fit, before its weights and bias "
      "are quantized (step 2 in the header).");
  if (!quantized) return;
  const QuantizedLinear& layer = *quantized;
  const float step = 0.01f * layer.weight_scales()[1];
  const float back = static_cast<float>(layer.bias()[1]) * step;
  require(std::abs(back - 1000.0f) < 0.01f,
          "the bias 1000 of channel 1 came back as " + teach::show(back) +
              ": enlarge that channel's scale until its bias fits (step 2 in the header)");
  expect_value("scale of channel 0", layer.weight_scales()[0], 1.0f / 127.0f,
               {{layer.weight_scales()[1],
                 "Only the channel whose bias does not fit gets coarser weights."}});
  expect_same<std::int8_t>(
      "weight codes", layer.weight_codes(), {127, 0},
      {{{127, 127},
        "The weights were quantized before their channel's scale was enlarged, so "
        "each of their codes now means something else: scales first, then codes."}});
}

TEST(QuantizeLinear, AProductOfScalesDoesNotUnderflow) {
  const Tensor weight(Shape{2, 1}, {1e-37f, 0.5f});
  const QuantizedLinear layer = quantize_linear(weight, Tensor::zeros({2}), {1e-20f, 0}, 8, false);
  require(1e-20f * layer.weight_scales()[0] > 0.0f,
          "The scales' product is 0 in float: a step must be at least kMinScale.");
  expect_same<std::int8_t>("weight codes", layer.weight_codes(), {0, 127},
                           {{{127, 127}, "Weights were quantized with the scale from before."}});
}

TEST(QuantizeLinear, AnUndefinedBiasCountsAsZeros) {
  std::optional<QuantizedLinear> layer;
  expect_no_error(
      [&] {
        layer = quantize_linear(Tensor::ones({2, 1}), {}, {0.5f, 0}, 8, false);
      },
      "A Linear without a bias has an undefined one; with_bias() puts zeros there.");
  if (!layer) return;
  expect_same<std::int32_t>("bias codes", layer->bias(), {0, 0}, {});
}

TEST(QuantizeLinear, RunsWithTheInputsZeroPoint) {
  // Code 10 with zero-point 10 is real 0, so only the bias is left.
  const Tensor weight(Shape{1, 2}, {1.27f, 1.27f});
  const QuantizedLinear layer =
      quantize_linear(weight, Tensor(Shape{1}, {1.0f}), {1.0f, 10}, 8, false);
  Sums acc(1);
  layer.accumulate(Codes{10, 10}, acc);
  expect_same<std::int32_t>(
      "acc for an input of real zeros", acc, {100},
      {{{2640}, "The input's zero-point never reached the layer: pass `input` on whole."}});
}

// --- 15.20 qat_linear ---

// One layer whose observer has seen [-2, 2], and an input whose values have codes.
struct OneLayer {
  QConfig config;
  QParams input{0.25f, 3};
  std::shared_ptr<nn::Linear> linear = linear_of(2, 2, {1.0f, 0.5f, -0.75f, 0.25f}, {0.25f, -0.5f});
  bool relu;
  MovingAverageObserver observer{0.5f};
  Tensor x{Shape{2, 2}, {0.5f, -1.0f, 1.5f, 0.25f}};

  explicit OneLayer(bool with_relu) : relu(with_relu) {
    observer.observe(Floats{-2.0f, 2.0f});
    x.set_requires_grad();
  }
  Tensor run(bool observe = false) {
    return qat_linear(x, {linear, relu, observer}, input, config, observe);
  }
};

MovingAverageObserver seen(float low, float high) {
  MovingAverageObserver observer(0.1f);
  observer.observe(Floats{low, high});
  return observer;
}

TEST(QatLinear, TrainingClipsWhereTheExportWill) {
  OneLayer one(false);  // its observer has seen [-2, 2]; the export asks the observer
  Floats rows(64 * 2);
  rows[0] = 1.5f;
  rows[1] = 0.25f;
  one.x = Tensor(Shape{64, 2}, rows);
  const float outlier = values(one.run())[0];
  require(std::abs(outlier - 1.875f) < 0.02f,
          "one output of 64 is 1.875 and came back as " + teach::show(outlier) +
              ": training chose a clip of its own, a quantile say, while the export clips at the "
              "observer's [-2, 2]. The network that was trained is then not the one deployed");
}

// The layer of the lesson, its first output alone: weights 0.5 and -1.27, bias 0.1, input scale
// 0.02, output scale 0.01.
TEST(QatLinear, AFloatSimulationWouldBeOffByOneCode) {
  QConfig config;
  MovingAverageObserver observer = seen(-0.55f, 2.0f);
  const QatLayer layer{linear_of(2, 1, {0.5f, -1.27f}, {0.1f}), false, observer};
  const Tensor x(Shape{3, 2}, {1.34f, 0.5f, -0.86f, -0.5f, -0.4f, -0.5f});
  const Tensor y = qat_linear(x, layer, {0.02f, -64}, config, false);
  require(observer.range() == Range{-0.55f, 2.0f},
          "`observe` was false and the observer moved: in evaluation it must not");
  if (::testing::Test::HasFailure()) return;
  // The sums 675, 1525 and 2675 are 13.5, 30.5 and 53.5 output steps: ties, to the even side.
  expect_near(
      "y", y.data(), {0.14f, 0.30f, 0.54f}, 1e-6f,
      {{{0.13f, 0.31f, 0.53f},
        "Float arithmetic was quantized at the end. Its first sum is 0.13499999 where the "
        "integers have exactly 13.5 steps, so it lands one code off: run the integer layer."},
       {{0.135f, 0.305f, 0.535f},
        "Nothing was quantized: that is what the float layer gives, so training would learn "
        "weights for a network that is never deployed."},
       {{14.0f - 73.0f, 30.0f - 73.0f, 54.0f - 73.0f},
        "These are codes; bring them back to real values."}});
}

TEST(QatLinear, TheForwardPassIsTheDeployedLayerBitForBit) {
  OneLayer one(false);
  const Tensor y = one.run();
  QuantizedLinear deployed =
      quantize_linear(one.linear->weight(), one.linear->bias(), one.input, 8, false);
  deployed.set_output(choose_qparams_asymmetric(-2.0f, 2.0f, full_range(8)), full_range(8));
  Codes x_codes(4);
  quantize(std::as_const(one.x).data(), one.input, full_range(8), x_codes);
  Codes y_codes(4);
  deployed.forward(x_codes, y_codes);
  Floats expected(4);
  dequantize(y_codes, deployed.output(), expected);
  expect_same<float>(
      "y", y.data(), expected,
      {{{0.25f, -1.125f, 1.875f, -1.5625f},
        "That is the float layer: nothing was quantized, so training would learn "
        "weights for a network that is never deployed."}},
      [](std::size_t) { return "run the integer layer, do not simulate it in float"; });
}

TEST(QatLinear, TheObserverSeesRealOutputs) {
  OneLayer one(false);
  one.observer.observe(Floats{-4.0f, 4.0f});  // range now [-3, 3]
  (void)one.run(true);
  const Range range = one.observer.range();
  // Real outputs lie in about [-1.56, 1.88]; momentum 0.5.
  require(
      std::abs(range.max - 2.44f) < 0.02f && std::abs(range.min + 2.28f) < 0.02f,
      "after observing, the range is [" + teach::show(range.min) + ", " + teach::show(range.max) +
          "], expected about [-2.28, 2.44]: the observer must see deployed.real_outputs(acc), not "
          "sums or codes, and see it once");
}

TEST(QatLinear, TheNewRangeCountsAtOnce) {
  // With momentum 1 the range becomes this batch's, so its largest output must not be clipped.
  OneLayer one(false);
  one.observer = MovingAverageObserver(1.0f);
  one.observer.observe(Floats{-0.1f, 0.1f});
  const Tensor y = one.run(true);
  const float largest = values(y)[2];
  require(largest > 1.8f,
          "the output 1.875 came back as " + teach::show(largest) +
              ": observe first, and real outputs, then choose the output's parameters. What was "
              "already clipped can never widen a range");
}

void expect_gradients(OneLayer& one, const Floats& grad_x, const Floats& grad_weight,
                      const Floats& grad_bias,
                      const std::vector<teach::Suspicion<float>>& about_weight = {}) {
  const Tensor y = one.run();
  require(y.requires_grad(), "the result was not recorded: return it through autograd::record");
  if (::testing::Test::HasFailure()) return;
  ops::sum(ops::mul(y, Tensor(Shape{2, 2}, {1.0f, 10.0f, 2.0f, 20.0f}))).backward();
  const Tensor weight = one.linear->weight();
  const Tensor bias = one.linear->bias();
  require(weight.grad().defined() && bias.grad().defined() && one.x.grad().defined(),
          "some input received no gradient: record {x, weight, bias} and return three gradients");
  if (::testing::Test::HasFailure()) return;
  expect_near("grad of weight", weight.grad().data(), grad_weight, 1e-5f, about_weight);
  expect_near(
      "grad of bias", bias.grad().data(), grad_bias, 1e-5f,
      {{{1.0f, 10.0f}, "Only the first row counted: sum over the batch."},
       {{2.0f, 20.0f}, "Only the last row counted: sum over the batch."},
       {{1.5f, 15.0f}, "That is the mean over the batch; the sum is what the loss asks for."}});
  expect_near("grad of x", one.x.grad().data(), grad_x, 0.05f);
}

TEST(QatLinear, GradientsAreThoseOfTheLinearLayer) {
  OneLayer one(false);
  // g = [[1, 10], [2, 20]]; grad_weight = gᵀ · x with x = [[0.5, -1], [1.5, 0.25]]; grad_x = g · ŵ.
  expect_gradients(
      one, {-6.5f, 3.0f, -13.0f, 6.0f}, {3.5f, -0.5f, 35.0f, -5.0f}, {3.0f, 30.0f},
      {{{0.0f, 0.0f, 0.0f, 0.0f}, "No gradient passed; the mask is 1 where nothing was clipped."},
       {{3.0f, 3.0f, 30.0f, 30.0f}, "x is missing: grad_weight = gᵀ · x."}});
}

TEST(QatLinear, ClippedOutputsPassNoGradient) {
  OneLayer one(false);
  one.observer = MovingAverageObserver(0.5f);
  one.observer.observe(Floats{-2.0f, 1.0f});  // 1.875 in row 1 is now beyond the range
  expect_gradients(one, {-6.5f, 3.0f, -15.0f, 5.0f}, {0.5f, -1.0f, 35.0f, -5.0f}, {1.0f, 30.0f},
                   {{{3.5f, -0.5f, 35.0f, -5.0f},
                     "An output that was clipped still passed its gradient: it would push further "
                     "into the clip."}});
}

TEST(QatLinear, AReluBlocksWhereTheSumIsNotPositive) {
  OneLayer one(true);
  expect_gradients(
      one, {1.0f, 0.5f, 2.0f, 1.0f}, {3.5f, -0.5f, 0.0f, 0.0f}, {3.0f, 0.0f},
      {{{3.5f, -0.5f, 35.0f, -5.0f}, "Outputs that the ReLU cut passed their gradient."}});
}

TEST(QatLinear, AReluBlocksASumOfZeroToo) {
  // The code of real 0 is inside the range, so the mask alone would let it pass; a ReLU does not.
  QConfig config;
  MovingAverageObserver observer = seen(0.0f, 2.0f);
  const QatLayer layer{linear_of(1, 1, {1.0f}, {0.0f}), true, observer};
  Tensor x(Shape{2, 1}, {0.0f, 1.0f});
  x.set_requires_grad();
  ops::sum(qat_linear(x, layer, {0.25f, 3}, config, false)).backward();
  expect_near("grad of bias", layer.linear->bias().grad().data(), {1.0f}, 1e-6f,
              {{{2.0f}, "An output of exactly 0 passed: under a ReLU a gradient needs acc > 0."}});
}

TEST(QatLinear, GradientOfTheInputMeetsTheWeightsThatWereUsed) {
  // In 4 bits 0.33 becomes 3 · 0.1 and 0.45 becomes 2 · 0.2.
  QConfig config;
  config.weight_bits = 4;
  MovingAverageObserver observer = seen(-2.0f, 2.0f);
  const QatLayer layer{linear_of(2, 2, {0.7f, 0.33f, -1.4f, 0.45f}, {0.0f, 0.0f}), false, observer};
  Tensor x(Shape{1, 2}, {0.5f, -0.25f});
  x.set_requires_grad();
  const Tensor y = qat_linear(x, layer, {0.25f, 3}, config, false);
  ops::sum(ops::mul(y, Tensor(Shape{1, 2}, {1.0f, 10.0f}))).backward();
  // 1 · 0.7 - 10 · 1.4 and 1 · 0.3 + 10 · 0.4.
  expect_near("grad of x", x.grad().data(), {-13.3f, 4.3f}, 1e-4f,
              {{{-13.3f, 4.83f},
                "These are the gradients of the float weights; the forward pass used their codes: "
                "grad_x = g · ŵ with ŵ = codes · scale."},
               {{-133.0f, 23.0f}, "ŵ = codes · scale: the scale is missing."}});
}

// --- 15.21 prepare_qat ---

std::shared_ptr<nn::Sequential> small_model(std::uint64_t seed = 5) {
  Rng rng(seed);
  auto model = std::make_shared<nn::Sequential>();
  model->append(std::make_shared<nn::Linear>(4, 8, rng));
  model->append(std::make_shared<nn::ReLU>());
  model->append(std::make_shared<nn::Linear>(8, 3, rng));
  return model;
}

TEST(PrepareQat, FusesEachReluIntoItsLinear) {
  const auto qat = prepare_qat(*small_model(), {});
  require(qat->nodes().size() == 2,
          "2 Linear layers became " + std::to_string(qat->nodes().size()) + " nodes");
  if (::testing::Test::HasFailure()) return;
  require(qat->nodes()[0].activation == Activation::kRelu,
          "the ReLU behind layer 0 was lost: the deployed network would be linear");
  require(qat->nodes()[1].activation == Activation::kNone,
          "node 1 was given a ReLU it does not have: negative logits would be cut");
}

TEST(PrepareQat, EachNodeHasAPathAndReadsTheOneBeforeIt) {
  Rng rng(1);
  nn::Sequential model;
  for (int i = 0; i < 3; ++i) {
    model.append(std::make_shared<nn::Linear>(4, 4, rng));
    model.append(std::make_shared<nn::ReLU>());
  }
  std::shared_ptr<QatNetwork> qat;
  expect_no_error([&] { qat = prepare_qat(model, {}); },
                  "Value 0 is the network's input and node i writes value i + 1: a node that is "
                  "pushed reads value nodes.size().");
  if (qat == nullptr) return;
  std::string paths;
  for (const QatNode& node : qat->nodes()) paths += node.path + " ";
  require(paths == "0 2 4 ", "the paths are \"" + paths +
                                 "\", expected \"0 2 4 \": a path is the layer's index in "
                                 "the model, ReLUs counted: it is the key of its weights");
  for (std::size_t i = 0; i < qat->nodes().size(); ++i) {
    require(qat->nodes()[i].inputs.front() == i,
            "node " + std::to_string(i) + " reads value " +
                std::to_string(qat->nodes()[i].inputs.front()) +
                ": where every node reads the network's input, the layers before it are lost");
  }
}

TEST(PrepareQat, SharesTheWeights) {
  const auto model = small_model();
  const auto qat = prepare_qat(*model, {});
  require(
      qat->nodes()[0].linear == model->layers()[0],
      "the QAT model has weights of its own: training it would leave the float model, and every "
      "checkpoint of it, behind. Keep the pointer.");
}

TEST(PrepareQat, TakesTheConfigWithIt) {
  const auto qat = prepare_qat(*small_model(), {.weight_bits = 4, .activation_bits = 6});
  expect_value("weight_bits", qat->config().weight_bits, 4, {{8, "The config was not passed on."}});
}

TEST(PrepareQat, PassesOverFlattenAtTheFrontAndDropout) {
  Rng rng(1);
  nn::Sequential model;
  model.append(std::make_shared<nn::Flatten>());
  model.append(std::make_shared<nn::Linear>(4, 4, rng));
  model.append(std::make_shared<nn::ReLU>());
  model.append(std::make_shared<nn::Dropout>(0.5f, 1));
  model.append(std::make_shared<nn::Linear>(4, 2, rng));
  expect_no_error(
      [&] {
        const std::size_t count = prepare_qat(model, {})->nodes().size();
        require(count == 2, "2 Linear layers became " + std::to_string(count) + " nodes");
      },
      "Flatten at the front and Dropout compute nothing when deployed: pass over them.");
}

TEST(PrepareQat, RefusesWhatItCannotDeploy) {
  Rng rng(1);
  nn::Sequential sigmoid;
  sigmoid.append(std::make_shared<nn::Linear>(4, 4, rng));
  sigmoid.append(std::make_shared<nn::Sigmoid>());
  expect_error([&] { (void)prepare_qat(sigmoid, {}); }, "Sigmoid",
               "A layer passed over in silence is missing from the deployed network.");
  nn::Sequential relu_first;
  relu_first.append(std::make_shared<nn::ReLU>());
  relu_first.append(std::make_shared<nn::Linear>(4, 4, rng));
  expect_error([&] { (void)prepare_qat(relu_first, {}); }, "ReLU",
               "There is no Linear to fuse it into.");
  nn::Sequential two_relus;
  two_relus.append(std::make_shared<nn::Linear>(4, 4, rng));
  two_relus.append(std::make_shared<nn::ReLU>());
  two_relus.append(std::make_shared<nn::ReLU>());
  expect_error([&] { (void)prepare_qat(two_relus, {}); }, "2",
               "Layer 2 is a second ReLU: each Linear takes one.");
  nn::Sequential late_flatten;
  late_flatten.append(std::make_shared<nn::Linear>(4, 4, rng));
  late_flatten.append(std::make_shared<nn::Flatten>());
  expect_error([&] { (void)prepare_qat(late_flatten, {}); }, "1",
               "A Flatten is passed over at the front only.");
}

TEST(PrepareQat, TakesALinearWithoutABias) {
  Rng rng(1);
  nn::Sequential no_bias;
  no_bias.append(std::make_shared<nn::Linear>(4, 4, nn::LinearOptions{.bias = false}, rng));
  expect_no_error([&] { (void)prepare_qat(no_bias, {}); },
                  "A Linear without a bias is one whose bias is 0: quantize_linear takes it so.");
}

// --- 15.22 convert ---

struct Trained {
  std::shared_ptr<QatNetwork> qat;
  Tensor x;

  explicit Trained(QConfig config = {}) : qat(prepare_qat(*small_model(), config)) {
    Rng rng(9);
    x = Tensor::randn(Shape{32, 4}, rng);
    (void)qat->forward(x);
    qat->set_phase(QatPhase::kQuantize);
    for (int step = 0; step < 3; ++step) {
      qat->zero_grad();
      const Tensor y = qat->forward(Tensor::randn(Shape{32, 4}, rng));
      ops::mean(ops::mul(y, y)).backward();
      for (Tensor parameter : qat->parameters()) {
        for (std::size_t i = 0; i < parameter.data().size(); ++i) {
          parameter.data()[i] -= 0.1f * parameter.grad().data()[i];
        }
      }
    }
    qat->eval();
  }
};

const QuantizedLinear& layer(const QuantizedNetwork& network, std::size_t index) {
  return std::get<QuantizedLinear>(network.nodes()[index].op);
}

TEST(Convert, LayersReadWhatTheLayerBeforeWrites) {
  Trained trained;
  const QuantizedNetwork deployed = convert(*trained.qat);
  require(deployed.nodes().size() == 2, "expected two nodes");
  if (::testing::Test::HasFailure()) return;
  require(layer(deployed, 0).input() == trained.qat->input_qparams(),
          "the first layer reads the network's input: net.input_qparams()");
  require(layer(deployed, 1).input() == layer(deployed, 0).output(),
          "layer 1 must read codes with the parameters that layer 0 writes them with");
  require(layer(deployed, 1).output() == trained.qat->value_qparams(2),
          "the calibrated parameters of the output are not used");
  require(deployed.nodes()[1].path == "2" &&
              deployed.nodes()[1].inputs == trained.qat->nodes()[1].inputs,
          "a node keeps its path and its inputs: whoever compares the two looks for them");
}

TEST(Convert, KeepsWidthsAndRelus) {
  Trained trained(QConfig{.weight_bits = 4, .activation_bits = 6});
  const QuantizedNetwork deployed = convert(*trained.qat);
  expect_value("weight bits", layer(deployed, 0).weight_bits(), 4,
               {{8, "config.weight_bits was not used: net.weight_bits(i) knows it."}});
  expect_value("highest output code", layer(deployed, 1).output_range().qmax, 31,
               {{127, "config.activation_bits was not used: 6 bits end at 31."}});
  require(layer(deployed, 0).relu() && !layer(deployed, 1).relu(),
          "each layer keeps its own ReLU: ask node.activation");
  expect_value("bytes of the weights", deployed.weight_bytes(), std::int64_t{(8 * 4 + 3 * 8) / 2});
}

TEST(Convert, WhatWasTrainedIsWhatIsDeployedBitForBit) {
  Trained trained;
  const Tensor seen_in_training = trained.qat->forward(trained.x);
  const QuantizedNetwork deployed = convert(*trained.qat);
  expect_same<float>("deployed logits", deployed.forward(trained.x).data(),
                     values(seen_in_training), {}, [](std::size_t i) {
                       return "row " + std::to_string(i / 3) +
                              "; training saw another number: the same weights through the same "
                              "quantize_linear, parameters from the observers and nowhere else";
                     });
}

}  // namespace
}  // namespace tinytorch::quantization
