// Learner tests of part 3: attention that computes only what is new.
#include "tinytorch/memoization/cached_attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/17_memoization/support.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/transformer/attention.h"

namespace tinytorch::memoization {
namespace {

using teach::expect_near;
using teach::expect_same;
using teach::expect_value;

// --- 17.4 attend ---

// All heads in double, with scores divided by `divisor`. `own` says whether each head asks with its
// own part of the query, or all with that of head 0.
Floats attention(const ListCache& cache, const Floats& query, double divisor, bool own = true) {
  const auto size = static_cast<std::size_t>(cache.shape().head_dim);
  Floats out;
  for (std::size_t h = 0; h * size < query.size(); ++h) {
    const std::size_t asks = own ? h * size : 0;
    std::vector<double> weights;
    double total = 0.0;
    for (const Floats& key : cache.keys) {
      double score = 0.0;
      for (std::size_t d = 0; d < size; ++d) {
        score += static_cast<double>(query[asks + d]) * static_cast<double>(key[h * size + d]);
      }
      weights.push_back(std::exp(score / divisor));
      total += weights.back();
    }
    for (std::size_t d = 0; d < size; ++d) {
      double sum = 0.0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i] / total * static_cast<double>(cache.values[i][h * size + d]);
      }
      out.push_back(static_cast<float>(sum));
    }
  }
  return out;
}

TEST(Attend, ByHand) {
  ListCache cache({.heads = 1, .head_dim = 1, .capacity = 2});
  cache.append(Floats{0.0f}, Floats{10.0f});
  cache.append(Floats{std::log(3.0f)}, Floats{20.0f});
  Floats out(1);
  attend(cache, Floats{1.0f}, out);
  expect_near("result", out, {17.5f}, 1e-5f,
              {{{20.0f * std::log(3.0f)}, "The weights are bare scores: softmax is missing."},
               {{70.0f}, "The weights are e^score, and their sum is not 1: divide by it."}});
}

TEST(Attend, WritesEveryHeadToItsPlace) {
  ListCache cache({.heads = 3, .head_dim = 2, .capacity = 2});
  cache.append(Floats(6, 1.0f), Floats{1, 2, 3, 4, 5, 6});
  Floats out(6, 99.0f);
  attend(cache, Floats(6, 1.0f), out);
  expect_near("result of a single token, which is its own value", out, {1, 2, 3, 4, 5, 6}, 1e-6f,
              {{{5, 6, 99, 99, 99, 99}, "All heads wrote to the place of head 0."},
               {{1, 2, 1, 2, 1, 2}, "Every head mixed the values of head 0."}});
}

TEST(Attend, ScalesByTheRootOfTheHeadsSize) {
  Rng rng(5);
  ListCache cache({.heads = 2, .head_dim = 4, .capacity = 6});
  for (int i = 0; i < 6; ++i) cache.append(uniform(rng, 8, 2.0f), uniform(rng, 8, 2.0f));
  const Floats query = uniform(rng, 8, 2.0f);
  Floats out(8);
  attend(cache, query, out);
  expect_near("result", out, attention(cache, query, 2.0), 1e-5f,
              {{attention(cache, query, 1.0), "The scores were not divided by √head_dim."},
               {attention(cache, query, std::sqrt(8.0)),
                "The scores were divided by the root of the whole width; a head's keys are "
                "head_dim long."},
               {attention(cache, query, 4.0), "Divided by head_dim instead of its root."},
               {attention(cache, query, 0.5), "Multiplied by √head_dim instead of divided."},
               {attention(cache, query, 2.0, false),
                "Every head looked with head 0's query: head h's begins at h · head_dim."}});
}

TEST(Attend, SurvivesLargeScores) {
  ListCache cache({.heads = 1, .head_dim = 1, .capacity = 2});
  cache.append(Floats{1000.0f}, Floats{1.0f});
  cache.append(Floats{999.0f}, Floats{3.0f});
  Floats out(1);
  const std::string why =
      "e^1000 overflows. Subtract the largest score before the exponential, or let "
      "kernels::softmax_rows do it.";
  teach::expect_no_error([&] { attend(cache, Floats{1.0f}, out); }, why);
  require(std::isfinite(out[0]), "the result is " + teach::show(out[0]) + ": " + why);
  if (std::isfinite(out[0])) {
    expect_near("result", out, {static_cast<float>(1.0 + 2.0 / (1.0 + std::exp(1.0)))}, 1e-4f);
  }
}

// --- 17.5 cached_attention ---

nn::MultiheadAttention layer_of(std::uint64_t seed) {
  Rng rng(seed);
  return {8, 2, {.is_causal = true}, rng};
}
const CacheShape kShape{.heads = 2, .head_dim = 4, .capacity = 16};

// Queries, keys and values of x [n, 8], each [1, 2, n, 4].
std::vector<Tensor> projections(const nn::MultiheadAttention& layer, const Tensor& x) {
  const Tensor all = ops::reshape(layer.in_proj().forward(x), {1, -1, 24});
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < 3; ++i) {
    parts.push_back(nn::split_heads(ops::narrow(all, 2, i * 8, 8), 2));
  }
  return parts;
}

Tensor mixture(const Tensor& q, const Tensor& k, const Tensor& v, bool causal) {
  return nn::merge_heads(ops::scaled_dot_product_attention(q, k, v, {.is_causal = causal}));
}

Tensor input(std::uint64_t seed, std::int64_t rows) {
  Rng rng(seed);
  return Tensor::uniform(Shape{rows, 8}, -2.0f, 2.0f, rng);
}

TEST(CachedAttention, RemembersKeysAndValues) {
  nn::MultiheadAttention layer = layer_of(5);
  const Tensor x = input(6, 3);
  ListCache cache(kShape);
  (void)cached_attention(layer, x, cache);
  expect_value("tokens in the cache", cache.seen(), std::int64_t{3},
               {{1, "Only one token was appended; each of the three leaves a key and a value."},
                {0, "Nothing was appended: the next token will find an empty memory."}});
  if (cache.seen() != 3) return;
  const Floats all = values(layer.in_proj().forward(x));
  const auto part = [&](std::ptrdiff_t token, std::ptrdiff_t third) {
    const auto begin = all.begin() + 24 * token + 8 * third;
    return Floats(begin, begin + 8);
  };
  expect_near("key of token 2", cache.keys[2], part(2, 1), 1e-6f,
              {{part(2, 0), "The query was stored as the key."},
               {part(2, 2), "The value was stored as the key."},
               {part(0, 1), "Token 0's key was stored for token 2."}});
  expect_near("value of token 2", cache.values[2], part(2, 2), 1e-6f,
              {{part(2, 1), "The key was stored as the value."}});
}

TEST(CachedAttention, EqualsTheLayerOnTheWholeSequence) {
  nn::MultiheadAttention layer = layer_of(1);
  const Tensor x = input(2, 5);
  ListCache cache(kShape);
  const Tensor got = cached_attention(layer, x, cache);
  const std::vector<Tensor> p = projections(layer, x);
  const auto out = [&](const Tensor& mixed) { return values(layer.out_proj().forward(mixed)); };
  expect_near(
      "result", got.data(), values(layer.forward(x.view({1, 5, 8}))), 1e-5f,
      {{out(mixture(p[0], p[1], p[2], false)),
        "Every token looked at all five: the first tokens saw the future. Append one, attend, then "
        "append the next."},
       {values(mixture(p[0], p[1], p[2], true)), "The last projection, out_proj, is missing."},
       {out(mixture(p[1], p[0], p[2], true)), "Queries and keys are swapped."},
       {out(mixture(p[0], p[2], p[1], true)), "Keys and values are swapped."},
       {out(mixture(p[2], p[0], p[1], true)), "A row is query, key, value, in this order."}});
}

TEST(CachedAttention, GoesOnWhereItStopped) {
  nn::MultiheadAttention layer = layer_of(3);
  const Tensor x = input(4, 6);
  ListCache cache(kShape);
  Floats got, alone;
  for (const auto& [begin, end] : {std::pair{0, 3}, {3, 4}, {4, 6}}) {
    for (const float v : values(cached_attention(layer, x.rows(begin, end), cache))) {
      got.push_back(v);
    }
    const Tensor piece = x.rows(begin, end).view({1, end - begin, 8});
    for (const float v : values(layer.forward(piece))) alone.push_back(v);
  }
  expect_near(
      "result in three pieces", got, values(layer.forward(x.view({1, 6, 8}))), 1e-5f,
      {{alone,
        "Each piece looked at itself only; what the cache held from before was forgotten or "
        "not asked."}});
}

TEST(CachedAttention, RecordsNoGraph) {
  nn::MultiheadAttention layer = layer_of(7);
  ListCache cache(kShape);
  require(!cached_attention(layer, input(8, 2), cache).requires_grad(),
          "the result carries a graph: each token's would keep the last one's alive, and memory "
          "would grow with the text. Hold an autograd::NoGradGuard while you compute.");
}

}  // namespace
}  // namespace tinytorch::memoization
