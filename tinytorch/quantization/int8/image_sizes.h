#pragma once
// Whether the buffers of a convolution or a pooling are as large as its sizes say. Given;
// everything that loops over channels-last images begins with it.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tinytorch/kernels/conv_geometry.h"
#include "tinytorch/quantization/arithmetic/qtypes.h"

namespace tinytorch::quantization {

// Elements of the input, [batch, in_height, in_width, in_channels].
constexpr std::int64_t input_count(const kernels::ConvGeometry& sizes) {
  return sizes.batch * sizes.in_height * sizes.in_width * sizes.in_channels;
}
// Places of the output, batch · out_height · out_width: the rows of its sums.
constexpr std::int64_t place_count(const kernels::ConvGeometry& sizes) {
  return sizes.batch * sizes.out_height * sizes.out_width;
}
// Weights of one output channel, kernel.height · kernel.width · in_channels / groups.
constexpr std::int64_t window_count(const kernels::ConvGeometry& sizes) {
  return sizes.kernel.area() * (sizes.in_channels / sizes.groups);
}

// Throws Error naming `operation` unless every size is positive (padding: not negative), groups
// divides both channel counts, out_height and out_width are what kernels::window_places() says, and
// neither the input's elements nor the output's are more than int64 counts.
void require_geometry(std::string_view operation, const kernels::ConvGeometry& sizes);
// The same for an output that set_output_size() has just counted.
void require_counted_geometry(std::string_view operation, const kernels::ConvGeometry& sizes);

// Throws Error unless the two agree: "conv2d_int32: weight has 5 elements, expected 9".
void require_count(std::string_view operation, std::string_view what, std::size_t got,
                   std::int64_t expected);

// For a pooling: the geometry, the elements of x and out, and as many groups as channels, or Error.
void require_pooling(std::string_view operation, const kernels::ConvGeometry& sizes, std::size_t x,
                     std::size_t out);
// Throws Error unless the padding of each side is smaller than the kernel: a maximum, or a mean of
// what is inside, needs one place inside.
void require_window_inside(std::string_view operation, const kernels::ConvGeometry& sizes);
// require_pooling() and require_window_inside().
void require_max_pooling(std::string_view operation, const kernels::ConvGeometry& sizes,
                         std::size_t x, std::size_t out);
// require_pooling(), a zero-point from -128 to 127, require_codes(), and at most kMostPooledPlaces
// in a window: the sum of so many differences of two codes fits in int32.
inline constexpr std::int64_t kMostPooledPlaces = std::int64_t{1} << 23;
void require_average_pooling(std::string_view operation, const kernels::ConvGeometry& sizes,
                             std::size_t x, std::size_t out, std::int32_t zero_point, QRange range);

}  // namespace tinytorch::quantization
