// Weight-only quantization-aware training: what forward sees, what the optimizer sees.
#include "tinytorch/quantization/qat/weight_qat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/losses/mse.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/sequential.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/arithmetic/dialects.h"
#include "tinytorch/quantization/qat/qat.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;

Floats values(const Tensor& tensor) { return {tensor.data().begin(), tensor.data().end()}; }

std::shared_ptr<nn::Linear> make_linear(std::int64_t in, std::int64_t out, std::uint64_t seed) {
  Rng rng(seed);
  return std::make_shared<nn::Linear>(in, out, rng);
}

Tensor some_input(std::int64_t columns) {
  Rng rng(9);
  return Tensor::randn(Shape{5, columns}, rng);
}

// What forward computed with, and the gradients it left.
struct Seen {
  Floats weight;
  Tensor gradient;
};

Seen one_step(WeightQat& qat, const nn::Linear& linear) {
  Tensor weight = linear.weight();
  weight.zero_grad();
  Seen seen;
  qat.train_step([&] {
    seen.weight = values(linear.weight());
    const Tensor y = ops::linear(some_input(weight.size(1)), linear.weight(), linear.bias());
    losses::mse_loss(y, Tensor::ones(y.shape())).backward();
  });
  seen.gradient = weight.grad();
  return seen;
}

TEST(WeightQat, ForwardSeesWhatGolfStores) {
  for (const int bits : {8, 6, 4}) {
    for (const GolfMode mode : {GolfMode::kFaithful, GolfMode::kFixed}) {
      const auto linear = make_linear(300, 220, 3);  // enough elements for golf_store to quantize
      const Floats master = values(linear->weight());
      const auto stored = golf_store(master, Shape{220, 300}.sizes(), {bits, mode});
      ASSERT_EQ(stored.codes.size(), master.size());
      Floats deployed(master.size());
      golf_restore(stored, deployed);
      WeightQat qat(*linear, {.bits = bits, .mode = mode});
      EXPECT_EQ(one_step(qat, *linear).weight, deployed) << bits << " bits";
      EXPECT_GT(qat.changed(), 0) << "forward does not differ from float";
    }
  }
}

TEST(WeightQat, ForwardSeesTheWeightsOfTheDeployedLayer) {
  for (const int bits : {8, 4, 2}) {
    const auto linear = make_linear(30, 20, 4);
    const QuantizedLinear layer =
        quantize_linear(linear->weight(), linear->bias(), {}, bits, false);
    const std::vector<std::int8_t> codes = layer.weight_codes();
    WeightQat qat(*linear, {.bits = bits, .clip = WeightClip::kMax});
    const Floats seen = one_step(qat, *linear).weight;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      ASSERT_EQ(seen[i], static_cast<float>(codes[i]) * layer.weight_scales()[i / 30]) << i;
    }
    EXPECT_EQ(qat.clipped(), 0) << "a maximum clips nothing";
  }
}

TEST(WeightQat, TheOptimizerSeesTheMasters) {
  const auto linear = make_linear(64, 8, 5);
  const Floats master = values(linear->weight());
  WeightQat qat(*linear, {.bits = 4});
  optim::SGD sgd(linear->parameters(), {.learning_rate = 1e-4f});
  const Seen seen = one_step(qat, *linear);
  EXPECT_EQ(values(linear->weight()), master);
  EXPECT_NE(seen.weight, master);
  sgd.step();
  for (std::size_t i = 0; i < master.size(); ++i) {
    const float moved = master[i] - 1e-4f * seen.gradient.data()[i];
    EXPECT_EQ(linear->weight().data()[i], moved) << i;
  }
}

TEST(WeightQat, OnlyClippedWeightsGetNoGradient) {
  const auto linear = make_linear(64, 8, 6);
  const Floats master = values(linear->weight());
  WeightQat qat(*linear, {.bits = 8, .mode = GolfMode::kFixed});
  const Tensor masked = one_step(qat, *linear).gradient;

  // The same step by hand: the deployed weights in a layer of their own, nothing masked.
  const auto deployed = make_linear(64, 8, 6);
  Tensor weight = deployed->weight();
  deployed_weights(master, 8, {.bits = 8, .mode = GolfMode::kFixed}, weight.data());
  const Tensor y = deployed->forward(some_input(64));
  losses::mse_loss(y, Tensor::ones(y.shape())).backward();

  std::int64_t clipped = 0;
  for (std::size_t i = 0; i < master.size(); ++i) {
    const float clip = golf_clip(std::span(master).subspan(i / 64 * 64, 64));
    const bool passes = std::abs(master[i]) <= clip;
    clipped += passes ? 0 : 1;
    EXPECT_EQ(masked.data()[i], passes ? weight.grad().data()[i] : 0.0f) << i;
  }
  EXPECT_EQ(clipped, 8) << "the quantile of 64 values lies below the largest";
  EXPECT_EQ(qat.clipped(), clipped);
}

TEST(WeightQat, AnotherClipDecidesWhatIsStoredAndWhatIsMasked) {
  const auto linear = make_linear(64, 8, 6);
  const Floats master = values(linear->weight());
  const auto half_of_max = [](std::span<const float> row) {
    float max = 0.0f;
    for (const float w : row) max = std::max(max, std::abs(w));
    return 0.5f * max;
  };
  WeightQat qat(*linear, {.bits = 4, .mode = GolfMode::kFixed, .clip_of = half_of_max});
  const Seen seen = one_step(qat, *linear);
  std::int64_t clipped = 0;
  for (std::size_t i = 0; i < master.size(); ++i) {
    const float clip = half_of_max(std::span(master).subspan(i / 64 * 64, 64));
    EXPECT_LE(std::abs(seen.weight[i]), clip * 1.001f) << i << ": a half rounds the scale";
    if (std::abs(master[i]) <= clip) continue;
    ++clipped;
    EXPECT_EQ(seen.gradient.data()[i], 0.0f) << i;
  }
  EXPECT_GT(clipped, 100);
  EXPECT_EQ(qat.clipped(), clipped);
}

TEST(WeightQat, AMaximumOfDialectOrtHasNoGolfCodes) {
  const Floats w(6, 0.5f);
  EXPECT_THROW(stored_rows(w, 2, {.clip = WeightClip::kMax}), Error);
  EXPECT_EQ(stored_rows(w, 2, {}).codes, golf_quantize_rows(w, 2, {}).codes);
}

TEST(WeightQat, StartsWhenItIsTold) {
  const auto linear = make_linear(64, 8, 7);
  const Floats master = values(linear->weight());
  WeightQat qat(*linear, {.bits = 6, .start_step = 2});
  EXPECT_EQ(one_step(qat, *linear).weight, master);
  EXPECT_EQ(one_step(qat, *linear).weight, master);
  EXPECT_EQ(qat.changed() + qat.clipped(), 0);
  EXPECT_THROW(qat.require_was_on(), Error);
  EXPECT_TRUE(qat.active());
  EXPECT_NE(one_step(qat, *linear).weight, master);
  EXPECT_EQ(qat.steps(), 3);
  EXPECT_NO_THROW(qat.require_was_on());
  EXPECT_EQ(values(linear->weight()), master);
}

TEST(WeightQat, ChoosesMatricesByNameAndOnce) {
  Rng rng(8);
  const auto shared = std::make_shared<nn::Linear>(6, 6, rng);
  nn::Sequential model(
      {shared, std::make_shared<nn::ReLU>(), shared, std::make_shared<nn::Linear>(6, 3, rng)});
  EXPECT_EQ(WeightQat(model, {}).names(), (std::vector<std::string>{"0.weight", "3.weight"}));
  WeightQatOptions head_stays_float;
  head_stays_float.chosen = [](const std::string& name, const Tensor&) {
    return !name.starts_with("3.");
  };
  EXPECT_EQ(WeightQat(model, head_stays_float).names(), std::vector<std::string>{"0.weight"});
}

TEST(WeightQat, RefusesWhatItCannotDo) {
  const auto linear = make_linear(6, 3, 1);
  EXPECT_THROW(WeightQat(*linear, {.bits = 5}), Error);
  EXPECT_THROW(WeightQat(*linear, {.bits = 9, .clip = WeightClip::kMax}), Error);
  EXPECT_THROW(WeightQat(*linear, {.start_step = -1}), Error);
  EXPECT_THROW(WeightQat(nn::ReLU(), {}), Error) << "nothing to quantize";
  WeightQat qat(*linear, {});
  EXPECT_THROW(qat.restore(), Error) << "nothing was applied";
  qat.apply();
  EXPECT_THROW(qat.apply(), Error) << "applied already";
  qat.restore();
}

TEST(WeightQat, AnUpdateOfTheDeployedWeightsIsNotLostSilently) {
  const auto linear = make_linear(64, 8, 2);
  const Floats master = values(linear->weight());
  WeightQat qat(*linear, {});
  Tensor weight = linear->weight();
  qat.apply();
  weight.data()[70] += 0.5f;
  EXPECT_THROW(qat.restore(), Error);
  EXPECT_EQ(values(weight), master);
  EXPECT_NO_THROW(one_step(qat, *linear)) << "the next step works";
}

TEST(WeightQat, TheMastersComeBackWhenAStepFails) {
  Rng rng(4);
  nn::Sequential model(
      {std::make_shared<nn::Linear>(8, 8, rng), std::make_shared<nn::Linear>(8, 8, rng)});
  std::vector<Tensor> parameters = model.parameters();
  const Floats first = values(parameters[0]);
  WeightQat qat(model, {.bits = 4});
  EXPECT_THROW(qat.train_step([] { throw Error("the data ran out"); }), Error);
  EXPECT_EQ(values(parameters[0]), first);
  parameters[2].data()[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(qat.apply(), Error) << "NaN cannot be quantized";
  EXPECT_EQ(values(parameters[0]), first);
  EXPECT_TRUE(std::isnan(parameters[2].data()[3]));
  parameters[2].data()[3] = 0.0f;
  EXPECT_NO_THROW(qat.train_step([] {}));
}

TEST(WeightQat, AGptLearnsThroughFourBits) {
  Rng rng(12);
  nn::Gpt gpt(
      {.vocab_size = 8, .context_length = 8, .num_layers = 1, .num_heads = 2, .embed_dim = 16},
      rng);
  std::vector<std::int64_t> tokens;
  for (std::int64_t i = 0; i < 32; ++i) tokens.push_back(i * 3 % 8);
  const Tensor ids = nn::ids_tensor(tokens, Shape{4, 8});
  std::vector<std::int64_t> next;
  for (std::int64_t i = 1; i <= 32; ++i) next.push_back(i * 3 % 8);
  WeightQat qat(gpt, {.bits = 4, .mode = GolfMode::kFixed, .start_step = 20});
  optim::Adam adam(gpt.parameters(), {.learning_rate = 1e-2f});
  float loss = 0.0f;
  for (int step = 0; step < 60; ++step) {
    adam.zero_grad();
    qat.train_step([&] {
      const Tensor logits = ops::reshape(gpt(ids), Shape{32, 8});
      const Tensor mean = losses::cross_entropy(logits, next);
      loss = mean.item();
      mean.backward();
    });
    adam.step();
  }
  qat.require_was_on();
  EXPECT_GT(qat.clipped(), 0);
  EXPECT_LT(loss, 0.1f) << "of the deployed weights; ln 8 = 2.08 at the start";
}

}  // namespace
}  // namespace tinytorch::quantization
