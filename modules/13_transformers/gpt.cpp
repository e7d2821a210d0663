// A stack of blocks that predicts the next token. The contract is tinytorch/transformer/gpt.h.
#include "tinytorch/transformer/gpt.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 13.3 The layers of a GPT ---

// Tokens, positions (learned ones only), blocks, norm, head: make and register each, in this order.
Gpt::Gpt(const GptConfig& config, Rng& rng) : config_(config) {
  throw tinytorch::not_implemented("13.3");
}

// --- 13.4 From tokens to logits ---

// [count, E] for positions first, first + 1, …, from the table or from the sine waves. Waves of
// size 1 would drown token vectors drawn with 0.02, so they come in that size too.
Tensor Gpt::position_rows(std::int64_t first, std::int64_t count) const {
  throw tinytorch::not_implemented("13.4");
}

Tensor Gpt::embed(std::span<const std::int64_t> tokens, std::int64_t first_position) const {
  throw tinytorch::not_implemented("13.4");
}

Tensor Gpt::logits(const Tensor& x) const {
  throw tinytorch::not_implemented("13.4");
}

// 1. Check that ids are [B, T] with T up to context_length.
// 2. Token vectors [B, T, E] plus T position rows, which broadcast over the batch.
// 3. Through the blocks, then logits().
Tensor Gpt::forward(const Tensor& ids) {
  throw tinytorch::not_implemented("13.4");
}

std::string Gpt::describe() const {
  return concat("Gpt(layers=", config_.num_layers, ", dim=", config_.embed_dim,
                ", context=", config_.context_length, ")");
}

}  // namespace tinytorch::nn
