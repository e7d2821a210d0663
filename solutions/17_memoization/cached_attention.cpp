// Part 3 of module 17: attention that computes only what is new.
#include "tinytorch/memoization/cached_attention.h"

#include <cmath>
#include <utility>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/kernels/rows.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {

// TASK 17.4
void attend(const LayerCache& cache, std::span<const float> query, std::span<float> out) {
  require_attention("attend", cache, query.size(), out.size());
  // Head by head: scores, divided by √head_dim, softmax in place, mix. One vector of length()
  // weights serves all heads. kernels::softmax_rows takes the length of a row: here there is one,
  // of all the weights, with scale 1 and not causal. require_weights() then looks for NaN.
  // Try it by hand first: 1 head of 1, keys {0} and {ln 3}, values {10} and {20}, query {1}:
  // weights {1/4, 3/4}, out 17.5.
  // BEGIN SOLUTION 17.4
  const auto [heads, head_dim, capacity] = cache.shape();
  const auto size = static_cast<std::size_t>(head_dim);
  const float root = std::sqrt(static_cast<float>(head_dim));
  std::vector<float> weights(static_cast<std::size_t>(cache.length()));
  for (std::int64_t h = 0; h < heads; ++h) {
    const std::size_t begin = static_cast<std::size_t>(h) * size;
    cache.scores(h, query.subspan(begin, size), weights);
    for (float& weight : weights) weight /= root;
    kernels::softmax_rows(weights, cache.length(), 1.0f, false, weights);
    require_weights("attend", h, weights);
    cache.mix(h, weights, out.subspan(begin, size));
  }
  // END SOLUTION 17.4
}

// TASK 17.5
Tensor cached_attention(const nn::MultiheadAttention& layer, const Tensor& x, LayerCache& cache) {
  require_cacheable("cached_attention", layer, x, cache.shape());
  // One matrix product for all new tokens, then token after token in order, then one more product.
  // A token sees itself: append before you attend.
  // An autograd::NoGradGuard while you compute keeps the layers from recording a graph.
  // Try it by hand first: E = 2: a row of projected {q0, q1, k0, k1, v0, v1}.
  // BEGIN SOLUTION 17.5
  const autograd::NoGradGuard no_grad;
  const Tensor projected = layer.in_proj().forward(x);
  Tensor mixed(x.shape());
  const auto size = static_cast<std::size_t>(layer.embed_dim());
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.size(0)); ++i) {
    const std::span<const float> row = std::as_const(projected).data().subspan(3 * i * size);
    cache.append(row.subspan(size, size), row.subspan(2 * size, size));
    attend(cache, row.first(size), mixed.data().subspan(i * size, size));
  }
  return layer.out_proj().forward(mixed);
  // END SOLUTION 17.5
}

}  // namespace tinytorch::memoization
