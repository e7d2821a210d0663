// A transformer block. The contract is tinytorch/transformer/block.h.
#include "tinytorch/transformer/block.h"

#include "tinytorch/autograd/activation.h"
#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 13.1 The layers of a block ---

// Make and register the five children in the header's order; that order also decides which random
// numbers each one draws.
TransformerBlock::TransformerBlock(std::int64_t embed_dim, std::int64_t num_heads,
                                   std::int64_t hidden_dim, const ops::AttentionOptions& options,
                                   Rng& rng) {
  // BEGIN SOLUTION 13.1
  norm1_ = std::make_shared<LayerNorm>(Shape{embed_dim});
  self_attn_ = std::make_shared<MultiheadAttention>(embed_dim, num_heads, options, rng);
  norm2_ = std::make_shared<LayerNorm>(Shape{embed_dim});
  linear1_ = std::make_shared<Linear>(embed_dim, hidden_dim, rng);
  linear2_ = std::make_shared<Linear>(hidden_dim, embed_dim, rng);
  register_module("norm1", norm1_);
  register_module("self_attn", self_attn_);
  register_module("norm2", norm2_);
  register_module("linear1", linear1_);
  register_module("linear2", linear2_);
  // END SOLUTION 13.1
}

// --- 13.2 Forward ---

// Wide, bent, narrow again.
Tensor TransformerBlock::feed_forward(const Tensor& x) const {
  // BEGIN SOLUTION 13.2
  return linear2_->forward(ops::gelu(linear1_->forward(x)));
  // END SOLUTION 13.2
}

// Two additions. What is normalized goes into the branch, what is added to stays as it is.
Tensor TransformerBlock::forward(const Tensor& x) {
  // BEGIN SOLUTION 13.2
  const Tensor told = x + self_attn_->forward(norm1_->forward(x));
  return told + feed_forward(norm2_->forward(told));
  // END SOLUTION 13.2
}

std::string TransformerBlock::describe() const {
  return concat("TransformerBlock(", self_attn_->embed_dim(),
                ", num_heads=", self_attn_->num_heads(), ", hidden=", linear1_->out_features(),
                ")");
}

}  // namespace tinytorch::nn
