// Part 4 of module 17: a GPT that remembers.
#include "tinytorch/memoization/cached_generation.h"

#include <iterator>
#include <limits>

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/memoization/cached_attention.h"

namespace tinytorch::memoization {

// TASK 17.6
Tensor cached_logits(nn::Gpt& model, std::span<const std::int64_t> tokens, GenerationCache& cache) {
  // The blocks' two additions, with your cached attention in the first one. Read cache.seen()
  // before the first layer appends anything: it is the position of the first new token.
  // BEGIN SOLUTION 17.6
  const auto count = static_cast<std::int64_t>(tokens.size());
  const auto& blocks = model.blocks();
  if (count == 0) throw Error("cached_logits: no tokens; there is nothing to predict from");
  if (cache.size() != static_cast<std::int64_t>(blocks.size())) {
    throw Error(concat("cached_logits: caches for ", cache.size(), " layers, the model has ",
                       blocks.size()));
  }
  if (count > cache.room()) {
    throw Error(concat("cached_logits: ", count, " tokens for a cache with room for ", cache.room(),
                       "; clear() it or make a larger one"));
  }
  const autograd::NoGradGuard no_grad;
  Tensor x = model.embed(tokens, cache.seen());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const nn::TransformerBlock& block = *blocks[i];
    LayerCache& memory = cache.layer(static_cast<std::int64_t>(i));
    x = x + cached_attention(block.self_attn(), block.norm1().forward(x), memory);
    x = x + block.feed_forward(block.norm2().forward(x));
  }
  return model.logits(x);
  // END SOLUTION 17.6
}

// TASK 17.7
std::vector<std::int64_t> generate_cached(nn::Gpt& model, std::span<const std::int64_t> prompt,
                                          std::int64_t new_tokens,
                                          const nn::SamplingOptions& options, Rng& rng,
                                          GenerationCache& cache) {
  // Two phases. Prefill: the whole prompt at once, and only the logits of its last row matter.
  // Then a loop: sample, append, and, if another token is wanted, pass this one through.
  // nn::sample_token chooses; call it exactly once a token, or the draws differ from generate()'s.
  // BEGIN SOLUTION 17.7
  if (prompt.empty() || new_tokens < 0) {
    throw Error(concat("generate_cached: ", new_tokens, " tokens after a prompt of ", prompt.size(),
                       "; expected 0 or more after 1 or more"));
  }
  std::vector<std::int64_t> tokens(prompt.begin(), prompt.end());
  cache.clear();
  if (new_tokens == 0) return tokens;
  if (new_tokens > std::numeric_limits<std::int64_t>::max() - std::ssize(prompt)) {
    throw Error(concat("generate_cached: ", new_tokens, " new tokens after a prompt of ",
                       prompt.size(), " are more than 64 bits count"));
  }
  const std::int64_t needed = static_cast<std::int64_t>(prompt.size()) + new_tokens - 1;
  if (needed > cache.room()) {
    throw Error(concat("generate_cached: a prompt of ", prompt.size(), " and ", new_tokens,
                       " new tokens need ", needed, " places, the cache has ", cache.room()));
  }
  const auto vocabulary = static_cast<std::size_t>(model.config().vocab_size);
  Tensor logits = cached_logits(model, prompt, cache);
  for (std::int64_t i = 1;; ++i) {
    const std::span<const float> rows = logits.data();
    tokens.push_back(nn::sample_token(rows.last(vocabulary), options, rng));
    if (i == new_tokens) return tokens;
    logits = cached_logits(model, std::span(tokens).last(1), cache);
  }
  // END SOLUTION 17.7
}

}  // namespace tinytorch::memoization
