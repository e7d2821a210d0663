#include "tinytorch/kernels/conv_geometry.h"

#include <algorithm>

#include "tinytorch/core/error.h"

namespace tinytorch::kernels {
namespace {

// Keeps products and sums of two sizes in int64.
constexpr std::int64_t kLargest = std::int64_t{1} << 30;

}  // namespace

std::int64_t window_places(const Axis& a) {
  if (a.before == a.after && a.dilation == 1) {
    return output_size(a.size, a.kernel, a.stride, a.before);
  }
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

void set_output_size(ConvGeometry& geometry) {
  geometry.out_height = window_places(rows_of(geometry));
  geometry.out_width = window_places(columns_of(geometry));
}

std::optional<ConvSizes> as_conv_sizes(const ConvGeometry& g) {
  const bool plain = g.stride.is_square() && g.padding.is_equal_on_all_sides() && g.dilation == 1;
  if (!plain) return std::nullopt;
  return ConvSizes{.batch = g.batch,
                   .in_channels = g.in_channels,
                   .in_height = g.in_height,
                   .in_width = g.in_width,
                   .out_channels = g.out_channels,
                   .kernel_height = g.kernel.height,
                   .kernel_width = g.kernel.width,
                   .stride = g.stride.height,
                   .padding = g.padding.top,
                   .groups = g.groups,
                   .out_height = g.out_height,
                   .out_width = g.out_width};
}

}  // namespace tinytorch::kernels
