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
  throw tinytorch::not_implemented("17.6");
}

// TASK 17.7
std::vector<std::int64_t> generate_cached(nn::Gpt& model, std::span<const std::int64_t> prompt,
                                          std::int64_t new_tokens,
                                          const nn::SamplingOptions& options, Rng& rng,
                                          GenerationCache& cache) {
  // Two phases. Prefill: the whole prompt at once, and only the logits of its last row matter.
  // Then a loop: sample, append, and, if another token is wanted, pass this one through.
  // nn::sample_token chooses; call it exactly once a token, or the draws differ from generate()'s.
  throw tinytorch::not_implemented("17.7");
}

}  // namespace tinytorch::memoization
