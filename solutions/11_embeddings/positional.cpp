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
  // BEGIN SOLUTION 11.3
  if (dim < 2 || dim % 2 != 0 || first < 0 || count < 0) {
    throw Error(concat("sinusoidal_encoding: ", count, " positions from ", first, " in ", dim,
                       " dimensions; expected 0 or more, 0 or more, an even number above 0"));
  }
  Tensor out(Shape{count, dim});
  float* to = out.data().data();
  for (std::int64_t position = first; position < first + count; ++position) {
    for (std::int64_t i = 0; i < dim; i += 2) {
      const double wave = std::pow(10000.0, static_cast<double>(i) / static_cast<double>(dim));
      const double angle = static_cast<double>(position) / wave;
      *to++ = static_cast<float>(std::sin(angle));
      *to++ = static_cast<float>(std::cos(angle));
    }
  }
  return out;
  // END SOLUTION 11.3
}

// --- 11.4 Learned positions ---

LearnedPositions::LearnedPositions(std::int64_t positions, std::int64_t dim, Rng& rng) {
  // BEGIN SOLUTION 11.4
  if (positions < 1 || dim < 1) {
    throw Error(concat("positions: a table of ", positions, " rows of ", dim,
                       " values; both must be at least 1"));
  }
  Tensor weight = Tensor::randn(Shape{positions, dim}, rng);
  for (float& value : weight.data()) value *= 0.02f;
  weight_ = register_parameter("weight", weight);
  // END SOLUTION 11.4
}

// ops::narrow of dimension 0, after a check that says what is wrong in the reader's terms.
Tensor LearnedPositions::rows(std::int64_t first, std::int64_t count) const {
  // BEGIN SOLUTION 11.4
  if (first < 0 || count < 0 || first > weight_.size(0) - count) {
    throw Error(concat("positions: [", first, ", ", first + count, ") of a table of ",
                       weight_.size(0), "; the model has learned no position from ",
                       weight_.size(0), " on"));
  }
  return ops::narrow(weight_, 0, first, count);
  // END SOLUTION 11.4
}

// Broadcasting adds the same T rows to every example of a batch.
Tensor LearnedPositions::forward(const Tensor& x) {
  // BEGIN SOLUTION 11.4
  if (x.ndim() < 2) {
    throw Error(concat("positions: input ", to_string(x.shape()), "; expected [..., T, ",
                       weight_.size(1), "]"));
  }
  return ops::add(x, rows(0, x.size(-2)));
  // END SOLUTION 11.4
}

std::string LearnedPositions::describe() const {
  return concat("LearnedPositions(", weight_.size(0), ", ", weight_.size(1), ")");
}

}  // namespace tinytorch::nn
