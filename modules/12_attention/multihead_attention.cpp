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
  throw tinytorch::not_implemented("12.3");
}

// The same two steps backwards.
Tensor merge_heads(const Tensor& x) {
  throw tinytorch::not_implemented("12.3");
}

// --- 12.4 Multi-head attention ---

// Two Linear layers with bias, in_proj_ first, registered as "in_proj" and "out_proj".
MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                                       const ops::AttentionOptions& options, Rng& rng)
    : num_heads_(num_heads), is_causal_(options.is_causal) {
  throw tinytorch::not_implemented("12.4");
}

// 1. One product gives [B, T, 3E]; ops::narrow of the last dimension cuts it in three.
// 2. Split each into heads, attend, merge.
// 3. out_proj lets the heads' findings meet.
Tensor MultiheadAttention::forward(const Tensor& x) {
  throw tinytorch::not_implemented("12.4");
}

std::string MultiheadAttention::describe() const {
  return concat("MultiheadAttention(", embed_dim(), ", num_heads=", num_heads_, ")");
}

}  // namespace tinytorch::nn
