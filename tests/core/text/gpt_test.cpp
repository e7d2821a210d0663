#include "tinytorch/transformer/gpt.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/text/characters.h"
#include "tinytorch/transformer/generation.h"

namespace tinytorch::nn {
namespace {

using Ids = std::vector<std::int64_t>;

GptConfig tiny(std::int64_t vocabulary) {
  return {.vocab_size = vocabulary,
          .context_length = 16,
          .num_layers = 2,
          .num_heads = 2,
          .embed_dim = 32};
}

float step(Gpt& model, optim::Optimizer& optimizer, const Tensor& ids, const Ids& labels) {
  model.zero_grad();
  const Tensor logits = model.forward(ids);
  Tensor loss =
      losses::cross_entropy(ops::reshape(logits, {-1, model.config().vocab_size}), labels);
  loss.backward();
  optimizer.step();
  return loss.item();
}

TEST(Gpt, NamesItsParameters) {
  Rng rng(1);
  const Gpt model(tiny(10), rng);
  const auto named = model.named_parameters();
  EXPECT_EQ(named[0].first, "token_embedding.weight");
  EXPECT_EQ(named[1].first, "position_embedding.weight");
  EXPECT_EQ(named[2].first, "blocks.0.norm1.weight");
  EXPECT_EQ(named.back().first, "head.weight");
  EXPECT_EQ(model.describe(), "Gpt(layers=2, dim=32, context=16)");
}

TEST(Gpt, LooksOnlyBack) {
  for (const Positions positions : {Positions::kLearned, Positions::kSinusoidal}) {
    Rng rng(2);
    GptConfig config = tiny(10);
    config.positions = positions;
    Gpt model(config, rng);
    const Tensor a = model(Tensor(Shape{1, 4}, {1, 2, 3, 4}));
    const Tensor b = model(Tensor(Shape{1, 4}, {1, 2, 9, 9}));
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(a.data()[i], b.data()[i]);
    EXPECT_NE(a.data()[25], b.data()[25]);
  }
}

TEST(Gpt, KnowsWhereATokenStands) {
  Rng rng(2);
  Gpt model(tiny(10), rng);
  const Tensor a = model(Tensor(Shape{1, 3}, {1, 2, 3}));
  const Tensor b = model(Tensor(Shape{1, 3}, {2, 1, 3}));
  EXPECT_NE(a.data()[29], b.data()[29]) << "the order of earlier tokens must matter";
}

TEST(Gpt, RefusesATextLongerThanItsContext) {
  Rng rng(1);
  Gpt model(tiny(10), rng);
  EXPECT_ERROR(model(Tensor::zeros(Shape{1, 17})), "gpt: 17 tokens for a context of 16");
  EXPECT_ERROR(model(Tensor::zeros(Shape{3})), "expected [B, T]");
  EXPECT_ERROR(Gpt({.num_layers = 0}, rng), "0 layers");
}

// The shape of the experiments in the later modules.
TEST(Gpt, TrainsAStepInTheShapeOfTheExperiments) {
  Rng rng(3);
  Gpt model({}, rng);
  optim::AdamW optimizer(model.parameters(), {.learning_rate = 1e-3f});
  Ids labels(16 * 64);
  Tensor ids(Shape{16, 64});
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ids.data()[i] = static_cast<float>(rng.below(256));
    labels[i] = static_cast<std::int64_t>(rng.below(256));
  }
  const float first = step(model, optimizer, ids, labels);
  EXPECT_NEAR(first, std::log(256.0f), 0.3f) << "an untrained model guesses evenly";
  for (const auto& [name, parameter] : model.named_parameters()) {
    ASSERT_TRUE(parameter.grad().defined()) << name << " received no gradient";
  }
  (void)step(model, optimizer, ids, labels);
  EXPECT_LT(step(model, optimizer, ids, labels), first);
}

TEST(Gpt, LearnsAShortTextByHeart) {
  const std::string text = "one small step, one more small step, and the road is behind us. ";
  const text::CharTokenizer chars(text);
  const text::Tokens tokens = chars.encode(text);
  Rng rng(4);
  Gpt model(tiny(chars.vocab_size()), rng);
  optim::AdamW optimizer(model.parameters(), {.learning_rate = 3e-3f, .weight_decay = 0.0f});
  // All windows of 16 tokens, each with the text one token further on as its answer.
  const auto windows = static_cast<std::int64_t>(tokens.size()) - 16;
  Tensor ids(Shape{windows, 16});
  Ids labels;
  for (std::int64_t w = 0; w < windows; ++w) {
    for (std::int64_t t = 0; t < 16; ++t) {
      ids.data()[static_cast<std::size_t>(w * 16 + t)] =
          static_cast<float>(tokens[static_cast<std::size_t>(w + t)]);
      labels.push_back(tokens[static_cast<std::size_t>(w + t + 1)]);
    }
  }
  for (int i = 0; i < 120; ++i) (void)step(model, optimizer, ids, labels);
  Rng draw(1);
  const Ids out = generate(model, text::Tokens(tokens.begin(), tokens.begin() + 16), 40,
                           {.temperature = 0.0f}, draw);
  EXPECT_EQ(chars.decode(out), text.substr(0, 56));
}

// --- sampling ---

TEST(Sampling, TemperatureZeroTakesTheFirstOfTheLargest) {
  Rng rng(1);
  const auto before = rng.state().words;
  EXPECT_EQ(sample_token(std::vector<float>{1, 3, 3, 2}, {.temperature = 0.0f}, rng), 1);
  EXPECT_EQ(rng.state().words, before) << "nothing is drawn";
}

TEST(Sampling, FollowsTheProbabilities) {
  Rng rng(2);
  const std::vector<float> logits{0.0f, std::log(3.0f), -1e9f};
  std::array<int, 3> counts{};
  for (int i = 0; i < 4000; ++i) {
    ++counts[static_cast<std::size_t>(sample_token(logits, {}, rng))];
  }
  EXPECT_NEAR(counts[1] / 4000.0, 0.75, 0.03);
  EXPECT_EQ(counts[2], 0);
}

TEST(Sampling, LowTemperatureSharpens) {
  Rng rng(3);
  int likely = 0;
  for (int i = 0; i < 2000; ++i) {
    likely += sample_token(std::vector<float>{0.0f, 1.0f}, {.temperature = 0.5f}, rng) == 1;
  }
  EXPECT_NEAR(likely / 2000.0, 1.0 / (1.0 + std::exp(-2.0)), 0.03);
}

TEST(Sampling, TopKKeepsTheLargestAndOfEqualsTheFirst) {
  Rng rng(4);
  for (int i = 0; i < 200; ++i) {
    const std::int64_t token = sample_token(std::vector<float>{1, 2, 5, 2, 4}, {.top_k = 3}, rng);
    EXPECT_TRUE(token == 2 || token == 4 || token == 1) << token;
  }
}

TEST(Sampling, RefusesWhatHasNoAnswer) {
  Rng rng(1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(sample_token(std::vector<float>{}, {}, rng), "no logits");
  EXPECT_ERROR(sample_token(std::vector<float>{1, nan}, {}, rng), "logit 1 is nan");
  EXPECT_ERROR(sample_token(std::vector<float>{1}, {.temperature = -1.0f}, rng), "temperature -1");
  EXPECT_ERROR(sample_token(std::vector<float>{1}, {.top_k = -2}, rng), "top_k -2");
}

TEST(Generate, GoesOnBeyondTheContext) {
  Rng rng(5);
  Gpt model(tiny(10), rng);
  Rng draw(1);
  EXPECT_EQ(generate(model, Ids{1, 2}, 30, {}, draw).size(), 32u);
  EXPECT_EQ(generate(model, Ids{1, 2}, 0, {}, draw), (Ids{1, 2}));
  EXPECT_ERROR(generate(model, Ids{}, 3, {}, draw), "3 tokens after a prompt of 0");
}

}  // namespace
}  // namespace tinytorch::nn
