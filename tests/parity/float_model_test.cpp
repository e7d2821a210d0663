// Float models: ONNX Runtime computes what the layers compute, but for the order of sums.
#include "tinytorch/onnx/float_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "peers/onnxruntime_session.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_networks.h"
#include "tinytorch/nn/compose.h"
#include "tinytorch/nn/graph.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/mode_guard.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::parity {
namespace {

using small::batch;

// The largest difference, as a share of the largest value.
float worst_difference(const std::string& model, const Tensor& x, const Tensor& y) {
  std::vector<float> theirs(y.data().size());
  peers::OnnxRuntimeSession session(model, peers::Optimization::kAll);
  session.bind_input("x", std::as_const(x).data(), x.shape().sizes());
  session.bind_output("y", std::span(theirs), y.shape().sizes());
  session.run();
  float largest = 0.0f;
  float worst = 0.0f;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    largest = std::max(largest, std::abs(y.data()[i]));
    worst = std::max(worst, std::abs(y.data()[i] - theirs[i]));
  }
  return worst / largest;
}

void expect_same(nn::Module& model, const Shape& sample, Rng& rng) {
  const std::string bytes = onnx::float_model(model, sample).to_bytes();
  EXPECT_EQ(onnx::float_model(model, sample).to_bytes(), bytes) << "not the same bytes";
  model.eval();
  const Tensor x = batch(sample, 7, rng);
  EXPECT_LE(worst_difference(bytes, x, model.forward(x)), 1e-5f) << model.describe();
}

TEST(FloatModel, NetworksOfEveryKindAgree) {
  Rng rng(1201);
  for (const small::Example& example : small::every_example()) {
    const auto model = example.make(rng);
    small::train_a_little(*model, example.sample, 3, 0.01f, rng);
    model->train();  // exported as in eval mode all the same
    expect_same(*model, example.sample, rng);
  }
}

TEST(FloatModel, EveryLayerAgreesOnItsOwn) {
  Rng rng(1202);
  const Shape image{4, 6, 8};
  nn::LayerNorm norm(Shape{6, 8}, {.epsilon = 1e-3f});
  for (Tensor parameter : norm.parameters()) {
    for (float& value : parameter.data()) value = rng.normal(0.0f, 1.0f);
  }
  expect_same(norm, image, rng);
  nn::LayerNorm plain(Shape{8}, {.affine = false});
  expect_same(plain, image, rng);
  nn::Linear rows(8, 5, rng);
  expect_same(rows, image, rng);
  nn::Linear no_bias(8, 5, {.bias = false}, rng);
  expect_same(no_bias, image, rng);
  expect_same(no_bias, {8}, rng);
  for (const auto& layer : small::Layers{std::make_shared<nn::ReLU>(),
                                         std::make_shared<nn::ReLU6>(),
                                         std::make_shared<nn::GELU>(),
                                         std::make_shared<nn::GELU>(ops::Gelu::kTanh),
                                         std::make_shared<nn::Sigmoid>(),
                                         std::make_shared<nn::SiLU>(),
                                         std::make_shared<nn::LeakyReLU>(0.2f),
                                         std::make_shared<nn::Hardtanh>(-0.5f, 0.25f),
                                         std::make_shared<nn::Hardsigmoid>(),
                                         std::make_shared<nn::Hardswish>(),
                                         std::make_shared<nn::Tanh>(),
                                         std::make_shared<nn::Softmax>(-1),
                                         std::make_shared<nn::Softmax>(1),
                                         std::make_shared<nn::Flatten>(),
                                         std::make_shared<nn::Flatten>(2),
                                         std::make_shared<nn::Flatten>(-2),
                                         std::make_shared<nn::MaxPool2d>(3, 2, 1),
                                         std::make_shared<nn::AvgPool2d>(3, 2, 1),
                                         std::make_shared<nn::AdaptiveAvgPool2d>(),
                                         std::make_shared<nn::AdaptiveAvgPool2d>(3, 2),
                                         std::make_shared<nn::Dropout>(0.5f, 1),
                                         std::make_shared<nn::BatchNorm2d>(4)}) {
    expect_same(*layer, image, rng);
  }
}

// A squeeze-and-excite block and every join.
nn::Graph joined(Rng& rng) {
  const auto conv = [&] { return small::conv(4, 4, 3, 1, 4, rng); };
  return nn::Graph({{"conv", {0}, conv()},
                    {"act", {1}, std::make_shared<nn::Hardswish>()},
                    {"pool", {2}, std::make_shared<nn::AdaptiveAvgPool2d>(1, 1)},
                    {"gate", {3}, std::make_shared<nn::Hardsigmoid>()},
                    {"scaled", {2, 4}, std::make_shared<nn::Multiply>()},
                    {"sum", {0, 5}, std::make_shared<nn::Add>()},
                    {"larger", {1, 6}, std::make_shared<nn::Maximum>()},
                    {"both", {7, 2, 0}, std::make_shared<nn::Concat>(1)}});
}

TEST(FloatModel, GraphsAgree) {
  Rng rng(1205);
  nn::Graph model = joined(rng);
  expect_same(model, {4, 6, 8}, rng);
}

TEST(FloatModel, BakesTheScalerIn) {
  Rng rng(1206);
  nn::Linear model(3, 2, rng);
  const onnx::InputScaler scaler{{1.0f, 2.0f, 3.0f}, {0.5f, 2.0f, 4.0f}};
  const std::string bytes = onnx::float_model(model, {3}, {.scaler = scaler}).to_bytes();
  const Tensor x = batch({3}, 5, rng);
  Tensor scaled = x.clone();
  for (std::size_t i = 0; i < 15; ++i) {
    scaled.data()[i] = (x.data()[i] - scaler.mean[i % 3]) / scaler.deviation[i % 3];
  }
  EXPECT_LE(worst_difference(bytes, x, model.forward(scaled)), 1e-5f);
  EXPECT_ERROR(onnx::float_model(model, {3}, {.scaler = {{1.0f}, {1.0f}}}), "1 means");
}

nn::GptConfig small_gpt(nn::Positions positions) {
  return {.vocab_size = 30,
          .context_length = 12,
          .num_layers = 2,
          .num_heads = 2,
          .embed_dim = 16,
          .positions = positions};
}

Tensor draw_tokens(std::int64_t rows, std::int64_t length, Rng& rng) {
  Tensor ids(Shape{rows, length});
  for (float& id : ids.data()) id = static_cast<float>(rng.below(30));
  return ids;
}

TEST(FloatModel, GptAgreesForTextsOfEveryLength) {
  Rng rng(1203);
  for (const nn::Positions positions : {nn::Positions::kLearned, nn::Positions::kSinusoidal}) {
    nn::Gpt model(small_gpt(positions), rng);
    const std::string bytes = onnx::float_model(model, {12}).to_bytes();
    for (const std::int64_t length : {1, 5, 12}) {
      const Tensor ids = draw_tokens(3, length, rng);
      EXPECT_LE(worst_difference(bytes, ids, model.forward(ids)), 1e-5f) << length << " tokens";
    }
  }
}

TEST(FloatModel, GptTakesInt64TokensWhereAsked) {
  Rng rng(1204);
  nn::Gpt model(small_gpt(nn::Positions::kLearned), rng);
  const std::string bytes = onnx::float_model(model, {12}, {.int64_ids = true}).to_bytes();
  const Tensor ids = draw_tokens(2, 7, rng);
  const std::vector<std::int64_t> tokens(ids.data().begin(), ids.data().end());
  const Tensor ours = model.forward(ids);
  std::vector<float> theirs(ours.data().size());
  peers::OnnxRuntimeSession session(bytes, peers::Optimization::kAll);
  session.bind_input("x", std::span<const std::int64_t>(tokens), {2, 7});
  session.bind_output("y", std::span(theirs), {2, 7, 30});
  session.run();
  for (std::size_t i = 0; i < theirs.size(); ++i) ASSERT_NEAR(theirs[i], ours.data()[i], 1e-5f);
}

class Strange : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override { return x; }
  std::string describe() const override { return "Strange()"; }
};
class DerivedReLU : public nn::ReLU {};

TEST(FloatModel, NamesALayerWithoutAForm) {
  nn::Sequential model = nn::sequential(nn::ReLU(), nn::residual(Strange()));
  EXPECT_ERROR(onnx::float_model(model, {4}), "model.1.body, Strange(): there is no ONNX form");
  // What a derived class computes is anybody's guess.
  DerivedReLU derived;
  EXPECT_ERROR(onnx::float_model(derived, {4}), "there is no ONNX form");
  nn::AdaptiveAvgPool2d uneven(4, 4);
  nn::Sequential pooled = nn::sequential(nn::ReLU(), uneven);
  EXPECT_ERROR(onnx::float_model(pooled, {1, 6, 8}), "image of 6 × 8");
}

}  // namespace
}  // namespace tinytorch::parity
