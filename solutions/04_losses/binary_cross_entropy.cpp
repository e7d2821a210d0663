// Binary cross-entropy. The contract is tinytorch/losses/binary_cross_entropy.h.
#include "tinytorch/losses/binary_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tinytorch/autograd/node.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/map.h"

namespace tinytorch::losses {
// BEGIN SOLUTION 04.4 helper
namespace {

// The mean of cost(input, target) over all elements, added up in double.
template <typename Cost>
Tensor mean_cost(const Tensor& input, const Tensor& target, Cost cost) {
  double total = 0.0;
  for (std::size_t i = 0; i < input.data().size(); ++i) {
    total += static_cast<double>(cost(input.data()[i], target.data()[i]));
  }
  return Tensor::scalar(static_cast<float>(total / static_cast<double>(input.numel())));
}

}  // namespace
// END SOLUTION 04.4

// --- 04.4 From probabilities ---

// 1. The mean of −(t·ln p + (1 − t)·ln(1 − p)), logarithms not below −100; std::log1p(-p) is
//    ln(1 − p) without losing digits for small p.
// 2. Record the gradient: (p − t) / max(p·(1 − p), 1e-12) · grad / n for the probability, and
//    Tensor() for the target.
//   p = {0.8, 0.4}, t = {1, 0}: (−ln 0.8 − ln 0.6) / 2 = (0.2231436 + 0.5108256) / 2 = 0.3669846.
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target) {
  require_targets("binary_cross_entropy", probability, target);
  require_probabilities("binary_cross_entropy", probability);
  // BEGIN SOLUTION 04.4
  const Tensor loss = mean_cost(probability, target, [](float p, float t) {
    const float yes = std::max(std::log(p), -100.0f);
    const float no = std::max(std::log1p(-p), -100.0f);
    return -(t * yes + (1.0f - t) * no);
  });
  return autograd::record(
      "binary_cross_entropy", loss, {probability, target}, [=](const Tensor& grad) {
        Tensor result(probability.shape());
        const float factor = grad.item() / static_cast<float>(probability.numel());
        kernels::map(probability.data(), target.data(), result.data(), [factor](float p, float t) {
          return factor * (p - t) / std::max(p * (1.0f - p), 1e-12f);
        });
        return std::vector{result, Tensor()};
      });
  // END SOLUTION 04.4
}

// --- 04.5 From logits ---

// The same steps with max(x, 0) − x·t + ln(1 + e^−|x|) and the gradient (σ(x) − t) · grad / n;
// kernels::sigmoid computes σ.
//   x = {2}, t = {1}: 2 − 2 + ln(1 + e^−2) = 0.1269280.   x = {200}, t = {0}: 200.
Tensor binary_cross_entropy_with_logits(const Tensor& logit, const Tensor& target) {
  require_targets("binary_cross_entropy_with_logits", logit, target);
  // BEGIN SOLUTION 04.5
  const Tensor loss = mean_cost(logit, target, [](float x, float t) {
    return std::max(x, 0.0f) - x * t + std::log1p(std::exp(-std::fabs(x)));
  });
  return autograd::record("binary_cross_entropy_with_logits", loss, {logit, target},
                          [=](const Tensor& grad) {
                            Tensor result(logit.shape());
                            const float factor = grad.item() / static_cast<float>(logit.numel());
                            kernels::sigmoid(logit.data(), result.data());
                            kernels::map(result.data(), target.data(), result.data(),
                                         [factor](float p, float t) { return factor * (p - t); });
                            return std::vector{result, Tensor()};
                          });
  // END SOLUTION 04.5
}

}  // namespace tinytorch::losses
