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
  throw tinytorch::not_implemented("13.1");
}

// --- 13.2 Forward ---

// Wide, bent, narrow again.
Tensor TransformerBlock::feed_forward(const Tensor& x) const {
  throw tinytorch::not_implemented("13.2");
}

// Two additions. What is normalized goes into the branch, what is added to stays as it is.
Tensor TransformerBlock::forward(const Tensor& x) {
  throw tinytorch::not_implemented("13.2");
}

std::string TransformerBlock::describe() const {
  return concat("TransformerBlock(", self_attn_->embed_dim(),
                ", num_heads=", self_attn_->num_heads(), ", hidden=", linear1_->out_features(),
                ")");
}

}  // namespace tinytorch::nn
