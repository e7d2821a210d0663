// Predict, choose, append. The contract is tinytorch/transformer/generation.h.
#include "tinytorch/transformer/generation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 13.5 Choose a token ---

// 1. Temperature 0 is std::max_element.
// 2. Find the candidates: all, or the top_k largest.
// 3. Weights e^((logit − largest) / temperature) in double, and their sum.
// 4. One rng.uniform() times that sum; walk over the candidates in ascending order until the
//    running sum passes it. Rounding may leave it unpassed: then it is the last one of any weight.
std::int64_t sample_token(std::span<const float> logits, const SamplingOptions& options, Rng& rng) {
  require_sampling("sample_token", logits, options);
  throw tinytorch::not_implemented("13.5");
}

// --- 13.6 Generate ---

// For each new token: the last context_length tokens as ids [1, T], forward, the logits of the last
// row, sample, append. A NoGradGuard keeps the graph from being recorded.
std::vector<std::int64_t> generate(Gpt& model, std::span<const std::int64_t> prompt,
                                   std::int64_t new_tokens, const SamplingOptions& options,
                                   Rng& rng) {
  throw tinytorch::not_implemented("13.6");
}

}  // namespace tinytorch::nn
