#pragma once
// GPT: a stack of causal transformer blocks that predicts the next token at every position.
// Source: Radford et al., "Language models are unsupervised multitask learners", 2019.
// Written in the transformers module (gpt.cpp).

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tinytorch/transformer/block.h"
#include "tinytorch/transformer/embedding.h"
#include "tinytorch/transformer/positional.h"

namespace tinytorch::nn {

enum class Positions { kLearned, kSinusoidal };  // the second knows no longest text

struct GptConfig {
  std::int64_t vocab_size = 256;
  std::int64_t context_length = 64;  // the most tokens of one forward pass
  std::int64_t num_layers = 4;
  std::int64_t num_heads = 4;
  std::int64_t embed_dim = 128;
  Positions positions = Positions::kLearned;
};

// Children "token_embedding", "position_embedding" (learned positions only), "blocks.0", …, "norm"
// and "head" (E → vocab_size, no bias).
class Gpt : public Module {
 public:
  // The blocks' hidden layer has 4·embed_dim values; embeddings are drawn with a spread of 0.02.
  // Throws Error unless all sizes are at least 1 and num_heads divides embed_dim.
  explicit Gpt(const GptConfig& config, Rng& rng = default_rng());

  // ids [B, T], whole numbers held as floats → logits [B, T, vocab_size]; those at position t
  // depend on tokens 0 to t alone. Throws Error
  // "gpt: 80 tokens for a context of 64; cut the text or train with a longer context".
  Tensor forward(const Tensor& ids) override;
  std::string describe() const override;  // "Gpt(layers=4, dim=128, context=64)"

  // Token vectors plus position vectors for n tokens that stand at first_position, …: [n, E].
  Tensor embed(std::span<const std::int64_t> tokens, std::int64_t first_position) const;
  // What follows the last block, for any [..., E]: head(norm(x)).
  Tensor logits(const Tensor& x) const;

  // Of "head", by a linear map of the same sizes.
  void replace_child(const std::string& name, std::shared_ptr<Module> child) override;

  const GptConfig& config() const { return config_; }
  const std::vector<std::shared_ptr<TransformerBlock>>& blocks() const { return blocks_; }

 private:
  Tensor position_rows(std::int64_t first, std::int64_t count) const;

  GptConfig config_;
  std::shared_ptr<Embedding> token_embedding_;
  std::shared_ptr<LearnedPositions> position_embedding_;  // null for sinusoidal positions
  std::vector<std::shared_ptr<TransformerBlock>> blocks_;
  std::shared_ptr<LayerNorm> norm_;
  std::shared_ptr<LinearMap> head_;
};

}  // namespace tinytorch::nn
