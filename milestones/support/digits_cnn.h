#pragma once
// The convolutional networks of the digits, which more than one milestone looks at.

#include <memory>

#include "tinytorch/core/rng.h"
#include "tinytorch/nn/sequential.h"

namespace tinytorch::milestones {

// Twice convolution 3 × 3, normalization, ReLU, pooling, then one linear layer:
// [N, 1, 8, 8] → [N, 16, 4, 4] → [N, 32, 2, 2] → [N, 10]
std::shared_ptr<nn::Sequential> make_digits_cnn(Rng& rng);

// Depthwise-separable: 3x3, 1x1 | depthwise 3x3 | 1x1, global pool, linear. The bar marks where
// scales are moved.
std::shared_ptr<nn::Sequential> make_depthwise_cnn(Rng& rng);

// Moves scale between neighbours, channel by channel: a ReLU lets positive factors pass, so the
// network computes what it did. With r = √s: what the 1x1 layer before writes becomes 1/r of it,
// the depthwise weights s times what they were, what they write r times, and the columns of the
// 1x1 layer behind 1/r. Powers of four, so that no float rounds.
void scale_channels_apart(nn::Module& model);

}  // namespace tinytorch::milestones
