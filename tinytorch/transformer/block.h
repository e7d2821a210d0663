#pragma once
// A transformer block: tokens exchange what they know, then each thinks on its own.
//
// Pre-norm, as in GPT-2: what flows through the blocks is only ever added to, so that gradients
// reach the first one undiminished (Xiong et al., "On layer normalization in the transformer
// architecture", 2020).
// Written in the transformers module (block.cpp).

#include <cstdint>
#include <memory>

#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/transformer/multihead_attention.h"

namespace tinytorch::nn {

// Children in PyTorch's names (TransformerEncoderLayer): "norm1", "self_attn", "norm2", "linear1"
// (E → hidden), "linear2" (hidden → E).
class TransformerBlock : public Module {
 public:
  TransformerBlock(std::int64_t embed_dim, std::int64_t num_heads, std::int64_t hidden_dim,
                   const ops::AttentionOptions& options = {}, Rng& rng = default_rng());

  // x [B, T, E] → [B, T, E]:  x ← x + self_attn(norm1(x));   x ← x + feed_forward(norm2(x)).
  Tensor forward(const Tensor& x) override;
  // linear2(gelu(linear1(x))), the exact GELU; any [..., E].
  Tensor feed_forward(const Tensor& x) const;
  std::string describe() const override;  // "TransformerBlock(128, num_heads=4, hidden=512)"

  // Of "linear1" and "linear2", by a linear map of the same sizes.
  void replace_child(const std::string& name, std::shared_ptr<Module> child) override;

  LayerNorm& norm1() const { return *norm1_; }
  MultiheadAttention& self_attn() const { return *self_attn_; }
  LayerNorm& norm2() const { return *norm2_; }

 private:
  std::shared_ptr<LayerNorm> norm1_;
  std::shared_ptr<MultiheadAttention> self_attn_;
  std::shared_ptr<LayerNorm> norm2_;
  std::shared_ptr<LinearMap> linear1_;
  std::shared_ptr<LinearMap> linear2_;
};

}  // namespace tinytorch::nn
