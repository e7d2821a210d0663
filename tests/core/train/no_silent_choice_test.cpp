// Infinity and NaN do not choose: neither a token nor a class.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <vector>

#include "tests/support/expect_error.h"
#include "tinytorch/data/data_loader.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/train/loss.h"
#include "tinytorch/train/metrics.h"
#include "tinytorch/transformer/generation.h"

namespace tinytorch {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
using Logits = std::vector<float>;

TEST(NoSilentChoice, OfATokenByInfinity) {
  Rng rng(1);
  for (const float temperature : {0.0f, 1.0f}) {
    for (const std::int64_t top_k : {0, 2}) {
      const nn::SamplingOptions options{.temperature = temperature, .top_k = top_k};
      EXPECT_ERROR(nn::sample_token(Logits{kInfinity, 0, 0}, options, rng), "logit 0 is inf");
      EXPECT_ERROR(nn::sample_token(Logits{0, kInfinity, kInfinity}, options, rng),
                   "logit 1 is inf");
      EXPECT_ERROR(nn::sample_token(Logits(3, -kInfinity), options, rng), "every logit is -inf");
      EXPECT_ERROR(nn::sample_token(Logits{0, kNan, 0}, options, rng), "logit 1 is nan");
    }
  }
}

TEST(NoSilentChoice, ATokenOfMinusInfinityIsNeverDrawn) {
  Rng rng(2);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(nn::sample_token(Logits{-kInfinity, 1e30f, -kInfinity}, {.top_k = 2}, rng), 1);
    EXPECT_NE(nn::sample_token(Logits{-3e38f, 3e38f, 3e38f, -kInfinity}, {}, rng), 3);
  }
}

TEST(NoSilentChoice, RowsWithoutAPredictionAreWrong) {
  const Tensor logits({5, 2}, {kNan, kNan, kNan, 1, 1, kNan, -kInfinity, -kInfinity, 2, 1});
  const std::vector<std::int64_t> labels{0, 0, 1, 0, 0};
  EXPECT_EQ(train::count_correct(logits, labels), 1);
}

TEST(NoSilentChoice, EvaluatingNanReportsNoAccuracy) {
  const data::TensorDataset dataset(Tensor::full({4, 3}, kNan), std::vector<std::int64_t>(4, 0));
  data::DataLoader loader(dataset, {.batch_size = 2});
  nn::Flatten identity;
  EXPECT_EQ(train::evaluate(identity, loader, train::cross_entropy()).accuracy, 0.0);
}

}  // namespace
}  // namespace tinytorch
