// Binary cross-entropy. The contract is tinytorch/losses/binary_cross_entropy.h.
#include "tinytorch/losses/binary_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::losses {

// --- 04.4 From probabilities ---

// 1. The mean of −(t·ln p + (1 − t)·ln(1 − p)), logarithms not below −100; std::log1p(-p) is
//    ln(1 − p) without losing digits for small p.
// 2. Record the gradient: (p − t) / max(p·(1 − p), 1e-12) · grad / n for the probability, and
//    Tensor() for the target.
//   p = {0.8, 0.4}, t = {1, 0}: (−ln 0.8 − ln 0.6) / 2 = (0.2231436 + 0.5108256) / 2 = 0.3669846.
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target) {
  require_targets("binary_cross_entropy", probability, target);
  require_probabilities("binary_cross_entropy", probability);
  throw tinytorch::not_implemented("04.4");
}

// --- 04.5 From logits ---

// The same steps with max(x, 0) − x·t + ln(1 + e^−|x|) and the gradient (σ(x) − t) · grad / n;
// kernels::sigmoid computes σ.
//   x = {2}, t = {1}: 2 − 2 + ln(1 + e^−2) = 0.1269280.   x = {200}, t = {0}: 200.
Tensor binary_cross_entropy_with_logits(const Tensor& logit, const Tensor& target) {
  require_targets("binary_cross_entropy_with_logits", logit, target);
  throw tinytorch::not_implemented("04.5");
}

}  // namespace tinytorch::losses
