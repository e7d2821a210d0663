// A stack of blocks that predicts the next token. The contract is tinytorch/transformer/gpt.h.
#include "tinytorch/transformer/gpt.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 13.3 The layers of a GPT ---

// Tokens, positions (learned ones only), blocks, norm, head: make and register each, in this order.
Gpt::Gpt(const GptConfig& config, Rng& rng) : config_(config) {
  // BEGIN SOLUTION 13.3
  if (config.context_length < 1 || config.num_layers < 1) {
    throw Error(concat("gpt: ", config.num_layers, " layers for a context of ",
                       config.context_length, " tokens; both must be at least 1"));
  }
  const std::int64_t width = config.embed_dim;
  token_embedding_ = std::make_shared<Embedding>(config.vocab_size, width, rng, 0.02f);
  register_module("token_embedding", token_embedding_);
  if (config.positions == Positions::kLearned) {
    position_embedding_ = std::make_shared<LearnedPositions>(config.context_length, width, rng);
    register_module("position_embedding", position_embedding_);
  }
  const ops::AttentionOptions causal{.is_causal = true};
  for (std::int64_t i = 0; i < config.num_layers; ++i) {
    blocks_.push_back(
        std::make_shared<TransformerBlock>(width, config.num_heads, 4 * width, causal, rng));
    register_module(concat("blocks.", i), blocks_.back());
  }
  norm_ = std::make_shared<LayerNorm>(Shape{width});
  head_ = std::make_shared<Linear>(width, config.vocab_size, LinearOptions{.bias = false}, rng);
  register_module("norm", norm_);
  register_module("head", head_);
  // END SOLUTION 13.3
}

// --- 13.4 From tokens to logits ---

// [count, E] for positions first, first + 1, …, from the table or from the sine waves. Waves of
// size 1 would drown token vectors drawn with 0.02, so they come in that size too.
Tensor Gpt::position_rows(std::int64_t first, std::int64_t count) const {
  // BEGIN SOLUTION 13.4
  if (config_.positions == Positions::kLearned) return position_embedding_->rows(first, count);
  return ops::mul(sinusoidal_encoding(first, count, config_.embed_dim), 0.02f);
  // END SOLUTION 13.4
}

Tensor Gpt::embed(std::span<const std::int64_t> tokens, std::int64_t first_position) const {
  // BEGIN SOLUTION 13.4
  return token_embedding_->lookup(tokens) +
         position_rows(first_position, static_cast<std::int64_t>(tokens.size()));
  // END SOLUTION 13.4
}

Tensor Gpt::logits(const Tensor& x) const {
  // BEGIN SOLUTION 13.4
  return head_->forward(norm_->forward(x));
  // END SOLUTION 13.4
}

// 1. Check that ids are [B, T] with T up to context_length.
// 2. Token vectors [B, T, E] plus T position rows, which broadcast over the batch.
// 3. Through the blocks, then logits().
Tensor Gpt::forward(const Tensor& ids) {
  // BEGIN SOLUTION 13.4
  if (ids.ndim() != 2) {
    throw Error(concat("gpt: ids of shape ", to_string(ids.shape()), "; expected [B, T]"));
  }
  if (ids.size(1) > config_.context_length) {
    throw Error(concat("gpt: ", ids.size(1), " tokens for a context of ", config_.context_length,
                       "; cut the text or train with a longer context"));
  }
  Tensor x = token_embedding_->forward(ids) + position_rows(0, ids.size(1));
  for (const auto& block : blocks_) x = block->forward(x);
  return logits(x);
  // END SOLUTION 13.4
}

std::string Gpt::describe() const {
  return concat("Gpt(layers=", config_.num_layers, ", dim=", config_.embed_dim,
                ", context=", config_.context_length, ")");
}

}  // namespace tinytorch::nn
