// Several small attentions side by side. The contract is
// tinytorch/transformer/multihead_attention.h.
#include "tinytorch/transformer/multihead_attention.h"

#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"
#include "tinytorch/transformer/attention.h"

namespace tinytorch::nn {

// --- 12.3 Heads ---

// Cut the last dimension into heads, then bring the heads before the positions: reshape to
// [B, T, heads, E/heads], transpose dimensions 1 and 2.
//   E = 4, 2 heads, one position {1, 2, 3, 4}: head 0 has {1, 2}, head 1 {3, 4}.
Tensor split_heads(const Tensor& x, std::int64_t heads) {
  // BEGIN SOLUTION 12.3
  if (x.ndim() != 3) {
    throw Error(concat("split_heads: input ", to_string(x.shape()), "; expected [B, T, E]"));
  }
  if (heads < 1 || x.size(2) % heads != 0) {
    throw Error(concat("split_heads: ", x.size(2), " features for ", heads,
                       " heads; they must divide evenly"));
  }
  const Tensor cut = ops::reshape(x, Shape{x.size(0), x.size(1), heads, x.size(2) / heads});
  return ops::transpose(cut, 1, 2);
  // END SOLUTION 12.3
}

// The same two steps backwards.
Tensor merge_heads(const Tensor& x) {
  // BEGIN SOLUTION 12.3
  if (x.ndim() != 4) {
    throw Error(concat("merge_heads: input ", to_string(x.shape()), "; expected [B, heads, T, D]"));
  }
  const Tensor beside = ops::transpose(x, 1, 2);
  return ops::reshape(beside, Shape{x.size(0), x.size(2), x.size(1) * x.size(3)});
  // END SOLUTION 12.3
}

// --- 12.4 Multi-head attention ---

// Two Linear layers with bias, in_proj_ first, registered as "in_proj" and "out_proj".
MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                                       const ops::AttentionOptions& options, Rng& rng)
    : num_heads_(num_heads), is_causal_(options.is_causal) {
  // BEGIN SOLUTION 12.4
  if (num_heads < 1 || embed_dim < 1 || embed_dim % num_heads != 0) {
    throw Error(concat("multihead_attention: ", embed_dim, " features for ", num_heads,
                       " heads; they must divide evenly"));
  }
  in_proj_ = std::make_shared<Linear>(embed_dim, 3 * embed_dim, rng);
  out_proj_ = std::make_shared<Linear>(embed_dim, embed_dim, rng);
  register_module("in_proj", in_proj_);
  register_module("out_proj", out_proj_);
  // END SOLUTION 12.4
}

// 1. One product gives [B, T, 3E]; ops::narrow of the last dimension cuts it in three.
// 2. Split each into heads, attend, merge.
// 3. out_proj lets the heads' findings meet.
Tensor MultiheadAttention::forward(const Tensor& x) {
  // BEGIN SOLUTION 12.4
  const std::int64_t width = embed_dim();
  const Tensor projected = in_proj_->forward(x);
  const auto third = [&](std::int64_t i) {
    return split_heads(ops::narrow(projected, -1, i * width, width), num_heads_);
  };
  const Tensor mixed =
      ops::scaled_dot_product_attention(third(0), third(1), third(2), {.is_causal = is_causal_});
  return out_proj_->forward(merge_heads(mixed));
  // END SOLUTION 12.4
}

std::string MultiheadAttention::describe() const {
  return concat("MultiheadAttention(", embed_dim(), ", num_heads=", num_heads_, ")");
}

}  // namespace tinytorch::nn
