// Cross-entropy. The contract is tinytorch/losses/cross_entropy.h.
#include "tinytorch/losses/cross_entropy.h"

#include <cmath>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/softmax.h"

namespace tinytorch::losses {
// BEGIN SOLUTION 04.3 helper
namespace {

void check(const Tensor& logits, std::span<const std::int64_t> labels) {
  if (logits.ndim() != 2 || logits.size(0) == 0) {
    throw Error(concat("cross_entropy: logits of shape ", to_string(logits.shape()),
                       "; expected [rows, classes] with at least one row"));
  }
  if (static_cast<std::int64_t>(labels.size()) != logits.size(0)) {
    throw Error(concat("cross_entropy: ", labels.size(), " labels for logits of shape ",
                       to_string(logits.shape())));
  }
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || labels[row] >= logits.size(1)) {
      throw Error(concat("cross_entropy: label ", labels[row], " of row ", row, "; ",
                         logits.size(1), " classes are numbered 0 to ", logits.size(1) - 1));
    }
  }
}

}  // namespace
// END SOLUTION 04.3

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
  // BEGIN SOLUTION 04.3
  check(logits, labels);
  const std::int64_t rows = logits.size(0);
  const std::int64_t classes = logits.size(1);
  Tensor log_probabilities(logits.shape());
  kernels::log_softmax(logits.data(), {.outer = rows, .size = classes, .inner = 1},
                       log_probabilities.data());
  double total = 0.0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t at = row * classes + labels[static_cast<std::size_t>(row)];
    total -= static_cast<double>(log_probabilities.data()[static_cast<std::size_t>(at)]);
  }
  const Tensor loss = Tensor::scalar(static_cast<float>(total / static_cast<double>(rows)));
  return autograd::record(
      "cross_entropy", loss, {logits},
      [log_probabilities, kept = std::vector(labels.begin(), labels.end())](const Tensor& grad) {
        return std::vector{cross_entropy_backward(grad, log_probabilities, kept)};
      },
      {});
  // END SOLUTION 04.3
}

// --- 04.2 Its gradient ---

// Every row: the probabilities e^log_probability, minus 1 at the label, times grad.item() / N.
//   probabilities {0.1, 0.2, 0.7}, label 2, one row, grad 1 → {0.1, 0.2, -0.3}.
Tensor cross_entropy_backward(const Tensor& grad, const Tensor& log_probabilities,
                              std::span<const std::int64_t> labels) {
  // BEGIN SOLUTION 04.2
  const std::int64_t classes = log_probabilities.size(1);
  const float factor = grad.item() / static_cast<float>(labels.size());
  Tensor result(log_probabilities.shape());
  const std::span<float> out = result.data();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = factor * std::exp(log_probabilities.data()[i]);
  }
  for (std::size_t row = 0; row < labels.size(); ++row) {
    out[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(labels[row])] -= factor;
  }
  return result;
  // END SOLUTION 04.2
}

}  // namespace tinytorch::losses
