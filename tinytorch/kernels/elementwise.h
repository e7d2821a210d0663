#pragma once
// Two tensors, one arithmetic operation, any two shapes that broadcast.
//
// Broadcasting compares sizes from the last dimension backwards. Two sizes fit when they are equal
// or one of them is 1 (a missing leading dimension counts as 1); the value of a size 1 is used
// again for every index of the other: [3, 1] + [4] → [3, 4]. The rules are NumPy's. Written in
// the tensor module (elementwise.cpp).

#include <span>

#include "tinytorch/core/shape.h"

namespace tinytorch::kernels {

// The shape that `a` and `b` broadcast to. Throws Error naming `op`, both shapes and the sizes that
// do not fit: "add: [2, 3] and [4]: sizes 3 and 4 of dimension -1 differ, and neither is 1".
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

// kMaximum gives NaN when either operand is NaN.
enum class Binary { kAdd, kSubtract, kMultiply, kDivide, kMaximum };

// out[i] = a[i] op b[i] over the broadcast shape.
// Requires out.size() == broadcast_shapes(a_shape, b_shape).numel(); out may be a or b itself where
// that operand has the result's shape.
void binary(Binary op, std::span<const float> a, const Shape& a_shape, std::span<const float> b,
            const Shape& b_shape, std::span<float> out);

}  // namespace tinytorch::kernels
