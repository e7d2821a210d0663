#pragma once
// The engine's form of binary() (elementwise.h): the same bits, a line of the result at a time.

#include <span>

#include "tinytorch/core/shape.h"
#include "tinytorch/kernels/elementwise.h"

namespace tinytorch::kernels::detail {

void binary_by_lines(Binary op, std::span<const float> a, const Shape& a_shape,
                     std::span<const float> b, const Shape& b_shape, std::span<float> out);

}  // namespace tinytorch::kernels::detail
