// The bytes that are handed in: what comes back is what the library says a stored row is worth.
#include "milestones/support/text_artifact.h"

#include <gtest/gtest.h>

#include <utility>

#include "lab/qat_ablation/plan.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/half.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::milestones {
namespace {

using quantization::WeightQatOptions;
using Floats = std::vector<float>;

constexpr nn::GptConfig kConfig{
    .vocab_size = 256, .context_length = 16, .num_layers = 1, .num_heads = 2, .embed_dim = 32};

Floats values(const Tensor& tensor) {
  const auto data = tensor.data();
  return {data.begin(), data.end()};
}

Floats deployed(const Tensor& matrix, const WeightQatOptions& options) {
  Floats result(static_cast<std::size_t>(matrix.numel()));
  quantization::deployed_weights(matrix.data(), matrix.size(0), options, result);
  return result;
}

TEST(TextArtifact, WhatComesBackIsWhatIsDeployedBitForBit) {
  Rng rng(5);
  const nn::Gpt model(kConfig, rng);
  for (const int bits : {8, 6, 4}) {
    for (const lab::Rows rows : {lab::Rows::kQuantile, lab::Rows::kSearch, lab::Rows::kMax}) {
      for (const bool faithful : {false, true}) {
        const auto options =
            lab::options_of({.bits = bits, .rows = rows, .faithful_floor = faithful});
        nn::Gpt restored(kConfig);
        unpack_model(pack_model(model, options), restored, options);
        const auto theirs = restored.named_parameters();
        for (std::size_t i = 0; const auto& [name, parameter] : model.named_parameters()) {
          const Tensor& ours = parameter;
          const Floats expected = ours.ndim() == 2 ? deployed(ours, options) : values(ours);
          ASSERT_EQ(values(theirs[i++].second), expected) << name << ", " << bits << " bits";
        }
      }
    }
  }
}

TEST(TextArtifact, AnEmbeddingMayStayHalves) {
  Rng rng(5);
  const nn::Gpt model(kConfig, rng);
  const auto options = lab::options_of({.bits = 4, .half_embedding = true});
  nn::Gpt restored(kConfig);
  unpack_model(pack_model(model, options), restored, options);
  Floats expected = values(model.named_parameters()[0].second);
  for (float& value : expected) value = float_from_half(half_from_float(value));
  EXPECT_EQ(model.named_parameters()[0].first, "token_embedding.weight");
  EXPECT_EQ(values(restored.named_parameters()[0].second), expected);
}

TEST(TextArtifact, FewerBitsDeflateToFewerBytes) {
  Rng rng(5);
  const nn::Gpt model(kConfig, rng);
  std::size_t before =
      pack_model(model, lab::options_of({.bits = 8, .half_embedding = true})).size();
  for (const int bits : {8, 6, 4}) {
    const std::size_t bytes = pack_model(model, lab::options_of({.bits = bits})).size();
    EXPECT_LT(bytes, before) << bits;
    before = bytes;
  }
}

TEST(TextArtifact, RefusesDamageAndAnotherStructure) {
  Rng rng(5);
  const nn::Gpt model(kConfig, rng);
  const auto options = lab::options_of({.bits = 6});
  std::string bytes = pack_model(model, options);
  nn::Gpt restored(kConfig);
  EXPECT_THROW(unpack_model(bytes.substr(0, bytes.size() / 2), restored, options), Error);
  EXPECT_THROW(unpack_model("", restored, options), Error);
  auto wider = kConfig;
  wider.embed_dim = 64;
  nn::Gpt other(wider);
  EXPECT_THROW(unpack_model(bytes, other, options), Error);
  auto narrower = kConfig;
  narrower.embed_dim = 16;
  nn::Gpt another(narrower);
  EXPECT_THROW(unpack_model(bytes, another, options), Error);
}

}  // namespace
}  // namespace tinytorch::milestones
