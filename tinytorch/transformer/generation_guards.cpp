// What logits and options must be for a token to be chosen.
#include <cmath>
#include <limits>

#include "tinytorch/core/error.h"
#include "tinytorch/transformer/generation.h"

namespace tinytorch::nn {

void require_sampling(std::string_view operation, std::span<const float> logits,
                      const SamplingOptions& options) {
  if (logits.empty()) throw Error(concat(operation, ": no logits to choose from"));
  if (!std::isfinite(options.temperature) || options.temperature < 0.0f || options.top_k < 0) {
    throw Error(concat(operation, ": temperature ", options.temperature, ", top_k ", options.top_k,
                       "; expected finite numbers of 0 or more"));
  }
  bool choice = false;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    // −∞ says "never this one"; NaN and ∞ say that something blew up.
    if (std::isnan(logits[i]) || logits[i] == std::numeric_limits<float>::infinity()) {
      throw Error(concat(operation, ": logit ", i, " is ", logits[i],
                         "; look where the model's numbers blew up"));
    }
    choice = choice || std::isfinite(logits[i]);
  }
  if (!choice) throw Error(concat(operation, ": every logit is -inf; there is no token to choose"));
}

}  // namespace tinytorch::nn
