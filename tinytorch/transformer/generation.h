#pragma once
// Text from a language model: predict, choose, append, again.
// Written in the transformers module (generation.cpp).

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tinytorch/core/rng.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::nn {

struct SamplingOptions {
  // Logits are divided by it: below 1 the likely becomes likelier. 0 takes the likeliest token
  // (the first of equals) and draws nothing.
  float temperature = 1.0f;
  // Only the k largest logits take part (of equals the first); 0: all of them.
  std::int64_t top_k = 0;
};

// Throws Error on no logits, a logit that is NaN or ∞, logits that are all −∞, a temperature that
// is negative or not finite, and a negative top_k. Given (generation_guards.cpp).
void require_sampling(std::string_view operation, std::span<const float> logits,
                      const SamplingOptions& options);

// One token, drawn with probability softmax(logits / temperature) among those that take part, by
// one rng.uniform() compared with the running sum in the order of the tokens.
// A logit of −∞ is a token that is never drawn. Throws Error as require_sampling() does.
std::int64_t sample_token(std::span<const float> logits, const SamplingOptions& options, Rng& rng);

// The prompt followed by new_tokens tokens, each sampled from the logits of the position before it.
// The model sees the last context_length tokens and computes all of them anew for every token.
// Records no gradients. Throws Error on an empty prompt or new_tokens < 0.
std::vector<std::int64_t> generate(Gpt& model, std::span<const std::int64_t> prompt,
                                   std::int64_t new_tokens, const SamplingOptions& options,
                                   Rng& rng);

}  // namespace tinytorch::nn
