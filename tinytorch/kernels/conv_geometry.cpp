#include "tinytorch/kernels/conv_geometry.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {
namespace {

// Keeps products and sums of two sizes in int64.
constexpr std::int64_t kLargest = std::int64_t{1} << 30;

}  // namespace

std::int64_t detail::uneven_window_places(const Axis& a) {
  if (std::min({a.kernel, a.stride, a.dilation}) < 1 || std::min(a.before, a.after) < 0) {
    throw Error(concat("window: kernel ", a.kernel, ", stride ", a.stride, ", dilation ",
                       a.dilation, ", padding ", a.before, " and ", a.after,
                       "; the first three must be at least 1, padding not negative"));
  }
  if (std::max({a.size, a.kernel, a.stride, a.dilation, a.before, a.after}) > kLargest) {
    throw Error(concat("window: kernel ", a.kernel, ", stride ", a.stride, ", dilation ",
                       a.dilation, ", padding ", a.before, " and ", a.after, " on ", a.size,
                       " values; each must be at most ", kLargest));
  }
  const std::int64_t padded = a.size + a.before + a.after;
  const std::int64_t reach = a.dilation * (a.kernel - 1) + 1;
  if (a.size < 1 || reach > padded) {
    throw Error(concat("window: kernel ", a.kernel, " with dilation ", a.dilation, " reaches over ",
                       reach, " values, ", a.size, " with padding ", a.before, " and ", a.after,
                       " are ", padded));
  }
  return (padded - reach) / a.stride + 1;
}

}  // namespace tinytorch::kernels
