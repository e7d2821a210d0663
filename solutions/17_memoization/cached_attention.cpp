// Part 3 of module 17: attention that computes only what is new.
#include "tinytorch/memoization/cached_attention.h"

#include <cmath>
#include <utility>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/rows.h"

namespace tinytorch::memoization {

// TASK 17.4
void attend(const LayerCache& cache, std::span<const float> query, std::span<float> out) {
  // Head by head: scores, divided by √head_dim, softmax in place, mix. One vector of length()
  // weights serves all heads. kernels::softmax_rows takes the length of a row: here there is one,
  // of all the weights, with scale 1 and not causal.
  // Try it by hand first: 1 head of 1, keys {0} and {ln 3}, values {10} and {20}, query {1}:
  // weights {1/4, 3/4}, out 17.5.
  // BEGIN SOLUTION 17.4
  const auto [heads, head_dim, capacity] = cache.shape();
  const auto width = static_cast<std::size_t>(heads * head_dim);
  if (query.size() != width || out.size() != width) {
    throw Error(concat("attend: a query of ", query.size(), " and a result of ", out.size(),
                       " numbers; ", heads, " heads of ", head_dim, " take ", width));
  }
  if (cache.length() == 0) {
    throw Error("attend: the cache is empty; append the token's own key and value first");
  }
  const auto size = static_cast<std::size_t>(head_dim);
  const float root = std::sqrt(static_cast<float>(head_dim));
  std::vector<float> weights(static_cast<std::size_t>(cache.length()));
  for (std::int64_t h = 0; h < heads; ++h) {
    const std::size_t begin = static_cast<std::size_t>(h) * size;
    cache.scores(h, query.subspan(begin, size), weights);
    for (float& weight : weights) weight /= root;
    kernels::softmax_rows(weights, cache.length(), 1.0f, false, weights);
    if (std::isnan(weights.front())) {
      throw Error(concat("attend: head ", h,
                         " has no weights: the query is not finite, or its "
                         "scores are too large for float; look where training blew up"));
    }
    cache.mix(h, weights, out.subspan(begin, size));
  }
  // END SOLUTION 17.4
}

// TASK 17.5
Tensor cached_attention(const nn::MultiheadAttention& layer, const Tensor& x, LayerCache& cache) {
  // One matrix product for all new tokens, then token after token in order, then one more product.
  // A token sees itself: append before you attend.
  // An autograd::NoGradGuard while you compute keeps the layers from recording a graph.
  // BEGIN SOLUTION 17.5
  const std::int64_t width = layer.embed_dim();
  if (x.ndim() != 2 || x.size(1) != width) {
    throw Error(
        concat("cached_attention: input ", to_string(x.shape()), "; expected [n, ", width, "]"));
  }
  if (cache.shape().heads != layer.num_heads() || cache.shape().head_dim != layer.head_dim()) {
    throw Error(concat("cached_attention: a cache of ", cache.shape().heads, " heads of ",
                       cache.shape().head_dim, " for a layer of ", layer.num_heads(), " heads of ",
                       layer.head_dim()));
  }
  if (!layer.is_causal()) {
    throw Error(
        "cached_attention: this layer is not causal, its earlier tokens look at the new one too; "
        "their results cannot be kept");
  }
  const autograd::NoGradGuard no_grad;
  const Tensor projected = layer.in_proj().forward(x);
  Tensor mixed(x.shape());
  const auto size = static_cast<std::size_t>(width);
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.size(0)); ++i) {
    const std::span<const float> row = std::as_const(projected).data().subspan(3 * i * size);
    cache.append(row.subspan(size, size), row.subspan(2 * size, size));
    attend(cache, row.first(size), mixed.data().subspan(i * size, size));
  }
  return layer.out_proj().forward(mixed);
  // END SOLUTION 17.5
}

}  // namespace tinytorch::memoization
