// Where a token stands. The contract is tinytorch/transformer/positional.h.
#include "tinytorch/transformer/positional.h"

#include <cmath>

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/shaping.h"
#include "tinytorch/core/error.h"

namespace tinytorch::nn {

// --- 11.3 Sine waves ---

// Pair i of a row turns with a wave of its own, the first one fast, the last one slowly.
//   position 1, dim 4: 10000^(2/4) = 100, so {sin 1, cos 1, sin 0.01, cos 0.01}.
Tensor sinusoidal_encoding(std::int64_t first, std::int64_t count, std::int64_t dim) {
  throw tinytorch::not_implemented("11.3");
}

// --- 11.4 Learned positions ---

LearnedPositions::LearnedPositions(std::int64_t positions, std::int64_t dim, Rng& rng) {
  throw tinytorch::not_implemented("11.4");
}

// ops::narrow of dimension 0, after a check that says what is wrong in the reader's terms.
Tensor LearnedPositions::rows(std::int64_t first, std::int64_t count) const {
  throw tinytorch::not_implemented("11.4");
}

// Broadcasting adds the same T rows to every example of a batch.
Tensor LearnedPositions::forward(const Tensor& x) {
  throw tinytorch::not_implemented("11.4");
}

std::string LearnedPositions::describe() const {
  return concat("LearnedPositions(", weight_.size(0), ", ", weight_.size(1), ")");
}

}  // namespace tinytorch::nn
