#pragma once
// Binary cross-entropy: yes-or-no questions, each value one of them.
// Written in the losses module (binary_cross_entropy.cpp).

#include <string_view>

#include "tinytorch/core/tensor.h"

namespace tinytorch::losses {

// Throws Error unless input and target have the same shape and at least one element. Given, as is
// the next one (binary_cross_entropy_guards.cpp).
void require_targets(std::string_view operation, const Tensor& input, const Tensor& target);
// Throws Error naming the first probability outside [0, 1].
void require_probabilities(std::string_view operation, const Tensor& probability);

// With p = probability and t = target in [0, 1], mean over all n elements, a scalar:
//   loss = −(1/n) · Σ (t · ln p + (1 − t) · ln(1 − p)), both logarithms cut off at −100, so that a
//   confident mistake costs 100 and not infinity.
// Gradient of p: (p − t) / (p · (1 − p)) / n, the denominator at least 1e-12. The target gets none.
// Throws Error as require_targets() and require_probabilities() do.
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target);

// The same with p = σ(logit), computed without p:
//   loss = (1/n) · Σ (max(x, 0) − x·t + ln(1 + e^−|x|)), x the logit; finite for all finite x.
// Gradient of x: (σ(x) − t) / n. Prefer it: σ rounds to 0 or 1 beyond |x| ≈ 17.
Tensor binary_cross_entropy_with_logits(const Tensor& logit, const Tensor& target);

}  // namespace tinytorch::losses
