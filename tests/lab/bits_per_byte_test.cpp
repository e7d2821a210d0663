// How well a text is predicted, against sums by hand.
#include "milestones/support/bits_per_byte.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/transformer/embedding.h"

namespace tinytorch::milestones {
namespace {

nn::Gpt small_gpt() {
  Rng rng(3);
  return nn::Gpt(
      {.vocab_size = 128, .context_length = 8, .num_layers = 1, .num_heads = 2, .embed_dim = 16},
      rng);
}

// −log2 of the probability of `next` after `context`, one forward pass for one byte.
double bits_of(nn::Gpt& model, const std::string& context, char next) {
  const autograd::NoGradGuard no_grad;
  std::vector<std::int64_t> tokens(context.begin(), context.end());
  const Tensor logits =
      model.forward(nn::ids_tensor(tokens, Shape{1, static_cast<std::int64_t>(tokens.size())}));
  const auto row = std::as_const(logits).data().subspan((tokens.size() - 1) * 128, 128);
  double sum = 0.0;
  for (const float logit : row) sum += std::exp(static_cast<double>(logit));
  const auto at = static_cast<std::size_t>(next);
  return (std::log(sum) - static_cast<double>(row[at])) / std::numbers::ln2;
}

TEST(BitsPerByte, TheFormulaByHand) {
  // 2 nats a token, 300 tokens for 1,200 bytes: 2 / 0.693147 · 0.25.
  EXPECT_NEAR(bits_per_byte(2.0, 300, 1200), 0.7213475204, 1e-9);
  EXPECT_NEAR(bits_per_byte(std::log(256.0), 10, 10), 8.0, 1e-12) << "a byte drawn blindly";
  EXPECT_THROW(bits_per_byte(1.0, 1, 0), Error);
}

TEST(BitsPerByte, SideBySideEachByteSeesItsWindowOnly) {
  nn::Gpt model = small_gpt();
  const std::string text = "Call me Ishmael. ";  // 17 bytes: two windows of 8 predictions
  double bits = 0.0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const std::size_t begin = (i - 1) / 8 * 8;
    bits += bits_of(model, text.substr(begin, i - begin), text[i]);
  }
  EXPECT_NEAR(text_bits_per_byte(model, text, 8), bits / 16.0, 1e-5);
}

TEST(BitsPerByte, ASlidingWindowScoresEveryByteOnceWithMoreContext) {
  nn::Gpt model = small_gpt();
  const std::string text = "Call me Ishmael. Some years ago";
  double bits = 0.0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    // The windows begin at 0, 2, 4, …; the first that reaches byte i, and the last one is moved
    // back so that it ends with the text.
    std::size_t begin = i <= 8 ? 0 : (i - 8 + 1) / 2 * 2;
    begin = std::min(begin, text.size() - 1 - 8);
    bits += bits_of(model, text.substr(begin, i - begin), text[i]);
  }
  const double found = text_bits_per_byte(model, text, 2);
  EXPECT_NEAR(found, bits / static_cast<double>(text.size() - 1), 1e-5);
}

TEST(BitsPerByte, RefusesWindowsThatDoNotFit) {
  nn::Gpt model = small_gpt();
  EXPECT_THROW(text_bits_per_byte(model, "12345678", 8), Error);
  EXPECT_THROW(text_bits_per_byte(model, "123456789", 9), Error);
  EXPECT_THROW(text_bits_per_byte(model, "123456789", 0), Error);
}

}  // namespace
}  // namespace tinytorch::milestones
