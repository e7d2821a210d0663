#pragma once
// Magnitude pruning: small weights become zeros.
// You write this part: magnitude.cpp (compression module).
//
// A weight near 0 changes the output little, so it goes first. That is a rule of thumb and no
// theorem (LeCun's "Optimal brain damage" asks the second derivative instead), but after some
// fine-tuning it is hard to beat.
// Source: Han et al., "Learning both weights and connections for efficient neural networks", 2015.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/compression/masks.h"

namespace tinytorch::compression {

// Task: A mask that prunes the share `ratio` of `weights`, the smallest magnitudes first:
//     pruned = rint(ratio · n)      half to even, computed in double: 2.5 → 2
// Exactly that many are pruned, whatever the values. Of equal magnitudes the later one goes first,
// so that the mask of the same weights is always the same.
// Example: {0.5, −0.1, 0.3, −0.9}, ratio 0.5 → {1, 0, 0, 1}.
// Given lines refuse a ratio outside 0 <= ratio < 1, no weights, a weight that is not finite (a NaN
// is neither small nor large), and a ratio at which none would stay.
Mask keep_largest(std::span<const float> weights, double ratio);

enum class Scope {
  kPerLayer,  // every layer loses the same share of its own weights
  kGlobal,    // one ranking over all layers: some lose more, some less
};

// Task: One mask for each of `weights`, same order and names.
//   kPerLayer: keep_largest() of each tensor.
//   kGlobal: keep_largest() of all values one after the other, cut up again.
// Example: {1, 8} and {2, 3}, ratio 0.5. Per layer {0, 1} {0, 1}; global {0, 1} {0, 1}. With {1, 2}
// and {7, 8}: per layer {0, 1} {0, 1}, global {0, 0} {1, 1} — and that is an Error:
// Throws Error naming the tensor when one would lose all of its weights: nothing could pass through
// such a layer. Given lines refuse no tensors, and a value that is not finite.
std::vector<MaskedWeight> make_masks(const std::vector<nn::NamedTensor>& weights, double ratio,
                                     Scope scope);

// Task: Writes +0 into every pruned place of every weight; what stays is not touched. Writing,
// not multiplying: −0.3 · 0 is −0, whose bytes are not all zero, and NaN · 0 is NaN. Given lines
// refuse a mask of another size than its weight, before anything is written.
void apply_masks(std::span<const MaskedWeight> masks);

}  // namespace tinytorch::compression
