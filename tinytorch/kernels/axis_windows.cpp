#include "tinytorch/kernels/axis_windows.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {

std::vector<Window> axis_windows(const Axis& a) {
  if (a.dilation != 1) throw Error(concat("pool: dilation ", a.dilation, "; windows have 1"));
  if (a.before == a.after) return pool_windows(a.size, a.kernel, a.stride, a.before);
  const std::int64_t count = window_places(a);
  if (std::max(a.before, a.after) >= a.kernel) {
    throw Error(concat("pool: padding ", a.before, " and ", a.after,
                       "; each must be less than the kernel, ", a.kernel));
  }
  std::vector<Window> windows;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = i * a.stride - a.before;
    windows.push_back({std::max<std::int64_t>(begin, 0), std::min(begin + a.kernel, a.size)});
  }
  return windows;
}

}  // namespace tinytorch::kernels
