#include "tinytorch/quantization/int8/image_sizes.h"

#include <algorithm>

#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"

namespace tinytorch::quantization {
namespace {

using kernels::ConvGeometry;

void require_channels(std::string_view operation, const ConvGeometry& sizes) {
  const std::int64_t least = std::min({sizes.batch, sizes.in_channels, sizes.out_channels,
                                       sizes.in_height, sizes.in_width, sizes.groups});
  if (least < 1) {
    throw Error(concat(operation, ": batch ", sizes.batch, ", ", sizes.in_channels, " to ",
                       sizes.out_channels, " channels in ", sizes.groups, " groups on ",
                       sizes.in_height, " x ", sizes.in_width, " places; all must be positive"));
  }
  if (sizes.in_channels % sizes.groups != 0 || sizes.out_channels % sizes.groups != 0) {
    throw Error(concat(operation, ": ", sizes.groups, " groups do not divide ", sizes.in_channels,
                       " input and ", sizes.out_channels, " output channels"));
  }
}

void require_output(std::string_view operation, const ConvGeometry& sizes) {
  const std::int64_t height = kernels::window_places(kernels::rows_of(sizes));
  const std::int64_t width = kernels::window_places(kernels::columns_of(sizes));
  if (sizes.out_height == height && sizes.out_width == width) return;
  throw Error(concat(operation, ": the output is said to be ", sizes.out_height, " x ",
                     sizes.out_width, ", these windows make it ", height, " x ", width));
}

void require_counts(std::string_view operation, const ConvGeometry& sizes) {
  if (checked_product({sizes.batch, sizes.in_height, sizes.in_width, sizes.in_channels}) &&
      checked_product({sizes.batch, sizes.out_height, sizes.out_width, sizes.out_channels}) &&
      checked_product(
          {sizes.out_channels, sizes.kernel.height, sizes.kernel.width, sizes.in_channels})) {
    return;
  }
  throw Error(concat(operation, ": ", sizes.batch, " images of ", sizes.in_height, " x ",
                     sizes.in_width, " places, ", sizes.in_channels, " to ", sizes.out_channels,
                     " channels, have more elements than int64 counts"));
}

}  // namespace

void require_geometry(std::string_view operation, const ConvGeometry& sizes) {
  require_channels(operation, sizes);
  require_output(operation, sizes);
  require_counts(operation, sizes);
}

void require_counted_geometry(std::string_view operation, const ConvGeometry& sizes) {
  require_channels(operation, sizes);
  require_counts(operation, sizes);
}

void require_count(std::string_view operation, std::string_view what, std::size_t got,
                   std::int64_t expected) {
  if (static_cast<std::int64_t>(got) == expected) return;
  throw Error(concat(operation, ": ", what, " has ", got, " elements, expected ", expected));
}

void require_pooling(std::string_view operation, const kernels::ConvGeometry& sizes, std::size_t x,
                     std::size_t out) {
  require_geometry(operation, sizes);
  require_count(operation, "x", x, input_count(sizes));
  require_count(operation, "out", out, place_count(sizes) * sizes.out_channels);
  if (sizes.dilation != 1) {
    throw Error(concat(operation, ": dilation ", to_string(sizes.dilation),
                       "; the windows of a pooling have 1"));
  }
  if (sizes.groups == sizes.in_channels && sizes.groups == sizes.out_channels) return;
  throw Error(concat(operation, ": ", sizes.in_channels, " to ", sizes.out_channels,
                     " channels in ", sizes.groups, " groups; pooling needs all three equal"));
}

void require_window_inside(std::string_view operation, const kernels::ConvGeometry& sizes) {
  const Padding4& p = sizes.padding;
  const Extent2& kernel = sizes.kernel;
  if (std::max(p.top, p.bottom) < kernel.height && std::max(p.left, p.right) < kernel.width) return;
  throw Error(concat(operation, ": padding ", to_string(p), " with a kernel of ", kernel.height,
                     " x ", kernel.width, " leaves a window without any place inside the image"));
}

void require_max_pooling(std::string_view operation, const kernels::ConvGeometry& sizes,
                         std::size_t x, std::size_t out) {
  require_pooling(operation, sizes, x, out);
  require_window_inside(operation, sizes);
}

void require_average_pooling(std::string_view operation, const kernels::ConvGeometry& sizes,
                             std::size_t x, std::size_t out, std::int32_t zero_point,
                             QRange range) {
  require_pooling(operation, sizes, x, out);
  require_qparams(operation, {1.0f, zero_point});
  require_codes(operation, range);
  const std::int64_t places = sizes.kernel.area();
  if (places <= kMostPooledPlaces) return;
  throw Error(concat(operation, ": the sum over a window of ", places,
                     " places could overflow int32; at most ", kMostPooledPlaces,
                     " are safe, so pool in two steps"));
}

}  // namespace tinytorch::quantization
