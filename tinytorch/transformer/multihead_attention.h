#pragma once
// Multi-head self-attention: several small attentions side by side.
// Source: Vaswani et al., "Attention is all you need", 2017, §3.2.2.
// Written in the attention module (multihead_attention.cpp).

#include <cstdint>
#include <memory>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/module.h"
#include "tinytorch/transformer/attention.h"

namespace tinytorch::nn {

// [B, T, E] → [B, heads, T, E/heads]: head h owns features [h·E/heads, (h + 1)·E/heads).
// Throws Error "split_heads: 10 features for 4 heads; they must divide evenly".
Tensor split_heads(const Tensor& x, std::int64_t heads);
// The reverse: [B, heads, T, D] → [B, T, heads·D].
Tensor merge_heads(const Tensor& x);

// Children "in_proj" (E → 3E: queries, then keys, then values; PyTorch's in_proj_weight and
// in_proj_bias) and "out_proj" (E → E).
class MultiheadAttention : public Module {
 public:
  // Throws Error unless num_heads divides embed_dim.
  MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                     const ops::AttentionOptions& options = {}, Rng& rng = default_rng());

  // x [B, T, E] → [B, T, E]: queries, keys and values all come from x.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;  // "MultiheadAttention(128, num_heads=4)"

  std::int64_t embed_dim() const { return in_proj_->in_features(); }
  std::int64_t num_heads() const { return num_heads_; }
  bool is_causal() const { return is_causal_; }
  std::int64_t head_dim() const { return embed_dim() / num_heads_; }
  LinearMap& in_proj() const { return *in_proj_; }
  LinearMap& out_proj() const { return *out_proj_; }
  // Of either child, by a linear map of the same sizes.
  void replace_child(const std::string& name, std::shared_ptr<Module> child) override;

 private:
  std::int64_t num_heads_;
  bool is_causal_;
  std::shared_ptr<LinearMap> in_proj_;
  std::shared_ptr<LinearMap> out_proj_;
};

}  // namespace tinytorch::nn
