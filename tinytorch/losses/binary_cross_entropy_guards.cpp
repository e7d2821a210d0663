// What inputs and targets of a yes-or-no question must be.
#include "tinytorch/core/error.h"
#include "tinytorch/losses/binary_cross_entropy.h"

namespace tinytorch::losses {

void require_targets(std::string_view operation, const Tensor& input, const Tensor& target) {
  if (!(input.shape() == target.shape())) {
    throw Error(concat(operation, ": input ", to_string(input.shape()), " and target ",
                       to_string(target.shape()), " differ in shape"));
  }
  if (input.numel() == 0) throw Error(concat(operation, ": no elements to average over"));
}

void require_probabilities(std::string_view operation, const Tensor& probability) {
  for (const float p : probability.data()) {
    if (p >= 0.0f && p <= 1.0f) continue;  // false for NaN
    throw Error(concat(operation, ": probability ", p, " is not in [0, 1]; for logits there is ",
                       "binary_cross_entropy_with_logits"));
  }
}

}  // namespace tinytorch::losses
