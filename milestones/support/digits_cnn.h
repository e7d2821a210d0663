#pragma once
// The convolutional network of the digits, which more than one milestone looks at.

#include <memory>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::milestones {

// Twice convolution 3 × 3, normalization, ReLU, pooling, then one linear layer:
// [N, 1, 8, 8] → [N, 16, 4, 4] → [N, 32, 2, 2] → [N, 10]
std::shared_ptr<nn::Sequential> make_digits_cnn(Rng& rng);

}  // namespace tinytorch::milestones
