#pragma once
// A convolution or a pooling of any shape: rectangular kernels, a stride and a dilation for each
// axis, padding for each side. Given. ConvSizes (convolution.h), which the loops you write take, is
// the case of one stride, one padding and no dilation.

#include <cstdint>
#include <optional>

#include "tinytorch/core/extent.h"
#include "tinytorch/kernels/convolution.h"

namespace tinytorch::kernels {

// ConvSizes' meaning, and the formula of its conv2d() with
//   x[n, ci, i·stride.height + u·dilation.height − padding.top,
//            j·stride.width + v·dilation.width − padding.left]
struct ConvGeometry {
  std::int64_t batch = 1;
  std::int64_t in_channels = 1;  // a multiple of groups, as is out_channels
  std::int64_t in_height = 1;
  std::int64_t in_width = 1;
  std::int64_t out_channels = 1;
  Extent2 kernel = 1;
  Extent2 stride = 1;
  Extent2 dilation = 1;  // places from one value that a window reads to the next
  Padding4 padding = 0;
  std::int64_t groups = 1;
  std::int64_t out_height = 1;  // window_places() of the others
  std::int64_t out_width = 1;

  constexpr ConvGeometry() = default;
  constexpr ConvGeometry(const ConvSizes& s)  // NOLINT: a case of it
      : batch(s.batch),
        in_channels(s.in_channels),
        in_height(s.in_height),
        in_width(s.in_width),
        out_channels(s.out_channels),
        kernel(s.kernel_height, s.kernel_width),
        stride(s.stride),
        padding(s.padding),
        groups(s.groups),
        out_height(s.out_height),
        out_width(s.out_width) {}
};

// One axis of it.
struct Axis {
  std::int64_t size;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t dilation;
  std::int64_t before;  // padding
  std::int64_t after;
};
constexpr Axis rows_of(const ConvGeometry& g) {
  return {g.in_height,       g.kernel.height, g.stride.height,
          g.dilation.height, g.padding.top,   g.padding.bottom};
}
constexpr Axis columns_of(const ConvGeometry& g) {
  return {g.in_width,       g.kernel.width, g.stride.width,
          g.dilation.width, g.padding.left, g.padding.right};
}

// Places that a window finds on a line, floor((size + before + after − reach) / stride) + 1 with
// reach = dilation · (kernel − 1) + 1. Throws Error as output_size() does, which counts where the
// padding is the same at both ends and the dilation 1, and when a dilation is below 1.
inline std::int64_t window_places(const Axis& axis);

// Fills in out_height and out_width.
inline void set_output_size(ConvGeometry& geometry);

// The same as ConvSizes; nothing where those have no words for it.
inline std::optional<ConvSizes> as_conv_sizes(const ConvGeometry& geometry);

// The rest is defined here because a convolution of 8 x 8 pixels takes 300 ns.
namespace detail {
std::int64_t uneven_window_places(const Axis& axis);
}  // namespace detail

inline std::int64_t window_places(const Axis& a) {
  if (a.before == a.after && a.dilation == 1) {
    return output_size(a.size, a.kernel, a.stride, a.before);
  }
  return detail::uneven_window_places(a);
}

inline void set_output_size(ConvGeometry& geometry) {
  geometry.out_height = window_places(rows_of(geometry));
  geometry.out_width = window_places(columns_of(geometry));
}

inline std::optional<ConvSizes> as_conv_sizes(const ConvGeometry& g) {
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
