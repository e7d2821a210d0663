#pragma once
// A GPT that remembers: each token passes through the model once.
// You write this part: cached_generation.cpp (memoization module).
//
// Only attention looks at other tokens. Embedding, normalization, the feed-forward layers and the
// head treat each token alone, so they need no cache, only the new tokens.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/memoization/generation_cache.h"
#include "tinytorch/transformer/generation.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::memoization {

// Task: Logits [n, vocab_size] for n more tokens of the sequence that `cache` has seen so far,
// equal to those rows of model.forward() on the whole sequence (within rounding).
//   x = model.embed(tokens, cache.seen())
//   for each block:  x = x + cached_attention(self_attn, norm1(x), its cache)
//                    x = x + feed_forward(norm2(x))
//   logits = model.logits(x)
// Records no gradients. A given line refuses no tokens, a cache of another number of layers, and
// tokens that do not fit.
Tensor cached_logits(nn::Gpt& model, std::span<const std::int64_t> tokens, GenerationCache& cache);

// Task: What nn::generate() gives, with the same draws from `rng`, as long as the whole text
// fits the model's context: the prompt followed by new_tokens tokens. Forgets what is in the cache,
// passes the prompt through the model at once, then each new token on its own. The last one is
// returned without passing through: nothing is asked about what follows it.
// Throws Error, before anything is computed, when prompt + new_tokens − 1 tokens do not fit into
// the cleared cache. A given line refuses an empty prompt and new_tokens < 0.
std::vector<std::int64_t> generate_cached(nn::Gpt& model, std::span<const std::int64_t> prompt,
                                          std::int64_t new_tokens,
                                          const nn::SamplingOptions& options, Rng& rng,
                                          GenerationCache& cache);

}  // namespace tinytorch::memoization
