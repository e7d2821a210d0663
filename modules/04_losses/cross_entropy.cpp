// Cross-entropy. The contract is tinytorch/losses/cross_entropy.h.
#include "tinytorch/losses/cross_entropy.h"

#include <cmath>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch::losses {

// --- 04.3 The loss ---

// 1. Check what the header says throws.
// 2. Compute the log-probabilities with kernels::log_softmax. Each row is one line: the block is
//    {outer N, size C, inner 1}.
// 3. Add up −log_probability(row, label of row) in double, divide by N: a Tensor::scalar.
// 4. Return autograd::record("cross_entropy", loss, {logits}, rule, {}), where the rule calls
//    cross_entropy_backward. It outlives this call, so it must own a copy of the labels. The last
//    argument says that the rule does not read the logits, which may change before it runs.
//   logits {1, 2, 3}, label 0: −ln 0.0900306 = 2.4076059.
Tensor cross_entropy(const Tensor& logits, std::span<const std::int64_t> labels) {
  throw tinytorch::not_implemented("04.3");
}

// --- 04.2 Its gradient ---

// Every row: the probabilities e^log_probability, minus 1 at the label, times grad.item() / N.
//   probabilities {0.1, 0.2, 0.7}, label 2, one row, grad 1 → {0.1, 0.2, -0.3}.
Tensor cross_entropy_backward(const Tensor& grad, const Tensor& log_probabilities,
                              std::span<const std::int64_t> labels) {
  throw tinytorch::not_implemented("04.2");
}

}  // namespace tinytorch::losses
