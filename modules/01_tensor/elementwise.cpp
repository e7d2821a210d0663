// Broadcasting arithmetic. The contract is tinytorch/kernels/elementwise.h.
#include "tinytorch/kernels/elementwise.h"

#include <algorithm>
#include <vector>

#include "tinytorch/core/engine_form.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/binary_operation.h"

namespace tinytorch::kernels {

// --- 01.4 The broadcast shape ---

// Walk both shapes from the last dimension backwards; a missing size counts as 1.
//   1. Equal sizes, or one of them 1: the result's size is the other one.
//   2. Otherwise throw Error with the text that the header shows.
//   [8, 1, 5] and [7, 1] → [8, 7, 5];   [2, 3] and [4] → Error.
// Mind size 0: [0] and [1] give [0], so "the larger of the two" is not the rule.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  throw tinytorch::not_implemented("01.4");
}

// --- 01.5 The broadcast loop ---

// Compute out[i] = a op b for every element of the broadcast shape.
//   1. Find, for each dimension of the result, how far each operand moves: its own row-major
//   stride,
//      or 0 where its size is 1 (or missing) and the same value is used again.
//   2. Walk over the result's elements in order and keep the position in a and in b as you go.
//   3. Apply the operation that `op` names: apply() is given.
//   a [2, 1] = {10, 20}, b [3] = {1, 2, 3}: strides of a are {1, 0}, of b {0, 1};
//   the sum is {11, 12, 13, 21, 22, 23}.
// The engine has a faster form, a line of the result at a time.
void binary(Binary op, std::span<const float> a, const Shape& a_shape, std::span<const float> b,
            const Shape& b_shape, std::span<float> out) {
  throw tinytorch::not_implemented("01.5");
}

}  // namespace tinytorch::kernels
