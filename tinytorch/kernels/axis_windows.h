#pragma once
// The windows of a pooling along one axis, with padding that may differ at its two ends. Given.

#include <vector>

#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/kernels/pooling.h"

namespace tinytorch::kernels {

// pool_windows() where the padding is the same at both ends, which allows half of the kernel.
// Else window i is [i·stride − before, i·stride − before + kernel) ∩ [0, size), and the padding at
// either end must be less than the kernel, so that no window is padding alone: unequal padding
// comes from other frameworks, which allow as much. Throws Error otherwise, as window_places()
// does, and on a dilation.
std::vector<Window> axis_windows(const Axis& axis);

}  // namespace tinytorch::kernels
