// Predict, choose, append. The contract is tinytorch/transformer/generation.h.
#include "tinytorch/transformer/generation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {
// BEGIN SOLUTION 13.5 helper
namespace {

// The tokens that take part, in ascending order.
std::vector<std::int64_t> candidates(std::span<const float> logits, std::int64_t top_k) {
  std::vector<std::int64_t> tokens(logits.size());
  std::iota(tokens.begin(), tokens.end(), 0);
  const auto count = static_cast<std::int64_t>(tokens.size());
  if (top_k == 0 || top_k >= count) return tokens;
  std::stable_sort(tokens.begin(), tokens.end(), [&](std::int64_t a, std::int64_t b) {
    return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
  });
  tokens.resize(static_cast<std::size_t>(top_k));
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

}  // namespace
// END SOLUTION 13.5

// --- 13.5 Choose a token ---

// 1. Temperature 0 is std::max_element.
// 2. Find the candidates: all, or the top_k largest.
// 3. Weights e^((logit − largest) / temperature) in double, and their sum.
// 4. One rng.uniform() times that sum; walk over the candidates in ascending order until the
//    running sum passes it. Rounding may leave it unpassed: then it is the last one of any weight.
std::int64_t sample_token(std::span<const float> logits, const SamplingOptions& options, Rng& rng) {
  require_sampling("sample_token", logits, options);
  // BEGIN SOLUTION 13.5
  const auto top = std::max_element(logits.begin(), logits.end());
  if (options.temperature == 0.0f) return top - logits.begin();
  const std::vector<std::int64_t> tokens = candidates(logits, options.top_k);
  std::vector<double> weights;
  for (const std::int64_t token : tokens) {
    const auto below =
        static_cast<double>(logits[static_cast<std::size_t>(token)]) - static_cast<double>(*top);
    weights.push_back(std::exp(below / static_cast<double>(options.temperature)));
  }
  double rest =
      static_cast<double>(rng.uniform()) * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::int64_t last = top - logits.begin();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (weights[i] == 0.0) continue;
    last = tokens[i];
    rest -= weights[i];
    if (rest < 0.0) break;
  }
  return last;
  // END SOLUTION 13.5
}

// --- 13.6 Generate ---

// For each new token: the last context_length tokens as ids [1, T], forward, the logits of the last
// row, sample, append. A NoGradGuard keeps the graph from being recorded.
std::vector<std::int64_t> generate(Gpt& model, std::span<const std::int64_t> prompt,
                                   std::int64_t new_tokens, const SamplingOptions& options,
                                   Rng& rng) {
  // BEGIN SOLUTION 13.6
  if (prompt.empty() || new_tokens < 0) {
    throw Error(concat("generate: ", new_tokens, " tokens after a prompt of ", prompt.size(),
                       "; expected 0 or more after 1 or more"));
  }
  const autograd::NoGradGuard no_grad;
  std::vector<std::int64_t> tokens(prompt.begin(), prompt.end());
  const auto vocabulary = static_cast<std::size_t>(model.config().vocab_size);
  const auto context = static_cast<std::size_t>(model.config().context_length);
  for (std::int64_t i = 0; i < new_tokens; ++i) {
    const std::size_t length = std::min(tokens.size(), context);
    const Tensor logits = model.forward(
        ids_tensor(std::span(tokens).last(length), Shape{1, static_cast<std::int64_t>(length)}));
    const std::span<const float> values = logits.data();
    tokens.push_back(sample_token(values.last(vocabulary), options, rng));
  }
  return tokens;
  // END SOLUTION 13.6
}

}  // namespace tinytorch::nn
