#pragma once
// Cross-entropy: how surprised the model is by the true classes.
// Written in the losses module (cross_entropy.cpp).

#include <cstdint>
#include <span>

#include "tinytorch/core/tensor.h"

namespace tinytorch::losses {

// logits [N, C], one label in [0, C) per row. The mean over rows of −log_softmax(logits)[n, label]:
//   loss = −(1/N) · Σ_n (logits[n, label_n] − ln Σ_c e^logits[n, c]), a scalar.
// Finite for all finite logits. Throws Error on another rank, no rows, a wrong number of labels,
// and "cross_entropy: label 10 of row 3; 10 classes are numbered 0 to 9".
Tensor cross_entropy(const Tensor& logits, std::span<const std::int64_t> labels);

// Its gradient rule: grad · (softmax(logits) − onehot(label)) / N, of shape [N, C], where `grad` is
// the scalar gradient of the loss and `log_probabilities` the log_softmax of the logits.
Tensor cross_entropy_backward(const Tensor& grad, const Tensor& log_probabilities,
                              std::span<const std::int64_t> labels);

}  // namespace tinytorch::losses
