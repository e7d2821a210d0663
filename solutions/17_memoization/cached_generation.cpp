// Part 4 of module 17: a GPT that remembers.
#include "tinytorch/memoization/cached_generation.h"

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/memoization/cached_attention.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {

// TASK 17.6
Tensor cached_logits(nn::Gpt& model, std::span<const std::int64_t> tokens, GenerationCache& cache) {
  require_fit("cached_logits", tokens.size(), model.blocks().size(), cache);
  // The blocks' two additions, with your cached attention in the first one. Read cache.seen()
  // before the first layer appends anything: it is the position of the first new token.
  // Try it by hand first: 3 tokens seen, 2 new ones: positions 3 and 4, logits [2, vocabulary].
  // BEGIN SOLUTION 17.6
  const auto& blocks = model.blocks();
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
  require_prompt("generate_cached", prompt.size(), new_tokens);
  // Two phases. Prefill: the whole prompt at once, and only the logits of its last row matter.
  // Then a loop: sample, append, and, if another token is wanted, pass this one through.
  // nn::sample_token chooses; call it exactly once a token, or the draws differ from generate()'s.
  // Whether all fits is known before the first token: if not, throw
  // Error(concat("generate_cached: ", …)) with the places that are needed and those that are there.
  // Try it by hand first: a prompt of 3 and 5 new tokens: 3 + 5 − 1 = 7 tokens pass through.
  // BEGIN SOLUTION 17.7
  std::vector<std::int64_t> tokens(prompt.begin(), prompt.end());
  cache.clear();
  if (new_tokens == 0) return tokens;
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
