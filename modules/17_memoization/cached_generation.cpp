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
  throw tinytorch::not_implemented("17.6");
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
  throw tinytorch::not_implemented("17.7");
}

}  // namespace tinytorch::memoization
