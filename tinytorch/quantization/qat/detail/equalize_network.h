#pragma once
// Cross-layer equalization of a whole network: which layers are neighbours, and equalize_pair()
// (repair.h) for each. Given.

#include <cstddef>
#include <optional>
#include <vector>

#include "tinytorch/quantization/qat/qat_node.h"

namespace tinytorch::quantization {

// The layer that node `first` can be equalized with: the index of the Conv2d or Linear that reads
// what `first` writes. Between the two may stand what commutes with a positive factor: ReLU, max
// and average pooling, Flatten, in any number. Nothing
//   - when `first` has no weight, or a ReLU6 behind it: min(x, 6) does not scale;
//   - when a value on the way has another reader: a shortcut, or both branches of a block;
//   - when a sum reads it, or nothing does.
// Example: conv, ReLU, depthwise conv, ReLU, max pool, Flatten, linear: two pairs.
std::optional<std::size_t> equalizable(const std::vector<QatNode>& nodes, std::size_t first);

// Equalizes every pair in turn, in place, until no factor is more than 1e-3 away from 1, at most 20
// rounds: what one pair gains the next may upset. Groups of a convolution are independent of each
// other, depthwise included. In real numbers the network computes what it did before.
// Nodes are those of match_network(); each Conv2d has a bias and no batch norm left.
// Throws Error naming both paths when two layers do not have the same channels between them, a
// weight is not finite, or a bias overflows.
void equalize_network(const std::vector<QatNode>& nodes);

}  // namespace tinytorch::quantization
