// Part 1 of module 17: how many bytes does remembering take?
// The contract of every function, with its formula and an example, is in the header.
#include "tinytorch/memoization/cache_size.h"

#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"
#include "tinytorch/memoization/require.h"

namespace tinytorch::memoization {

// TASK 17.1
std::int64_t cache_bytes(const ModelSizes& model, std::int64_t tokens, Format format) {
  require_sizes("cache_bytes", model);
  require_at_least("cache_bytes", "tokens", tokens, 0);
  // Bytes of one token first: keys and values (2), in every head of every layer. Both functions
  // need them, so a helper above is worth it. Ask whether the last product fits before you make it:
  // tokens > max / bytes_per_token.
  // Try it by hand first: 1 layer, 2 heads of 4, 3 tokens: 2 · 1 · 2 · 4 · 3 · 4 = 192 bytes in
  // float32, 2 · 1 · 2 · (4 + 4) · 3 = 96 in int8.
  throw tinytorch::not_implemented("17.1");
}

std::int64_t tokens_within(const ModelSizes& model, std::int64_t budget, Format format) {
  require_sizes("tokens_within", model);
  require_at_least("tokens_within", "budget", budget, 0);
  // The same number of bytes a token, the other way round.
  // Try it by hand first: 64 bytes a token and a budget of 200 → 3 tokens.
  throw tinytorch::not_implemented("17.1");
}

}  // namespace tinytorch::memoization
