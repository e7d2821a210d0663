#pragma once
// Two orders of the same image: float tensors are channels-first, [N, C, H, W]; integer ones are
// channels-last, [N, H, W, C] (integer_conv.h says why). Given.

#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/core/error.h"

namespace tinytorch::quantization {

// [outer, channels, places] → [outer, places, channels], with places = H · W. `outer` is the batch
// of images, or the outputs of a convolution's weight. Throws Error unless both are at least 1 and
// their product divides the size.
template <typename T>
std::vector<T> to_channels_last(std::span<const T> x, std::int64_t channels, std::int64_t places) {
  const std::int64_t image = channels < 1 || places < 1 ? 0 : channels * places;
  if (image < 1 || x.size() % static_cast<std::size_t>(image) != 0) {
    throw Error(concat("to_channels_last: ", x.size(), " elements are not whole images of ",
                       channels, " channels and ", places, " places, either order"));
  }
  std::vector<T> out(x.size());
  const auto c_count = static_cast<std::size_t>(channels);
  const auto p_count = static_cast<std::size_t>(places);
  for (std::size_t begin = 0; begin < x.size(); begin += c_count * p_count) {
    for (std::size_t c = 0; c < c_count; ++c) {
      const T* from = x.data() + begin + c * p_count;
      T* to = out.data() + begin + c;
      for (std::size_t p = 0; p < p_count; ++p) to[p * c_count] = from[p];
    }
  }
  return out;
}

// The inverse: [outer, places, channels] → [outer, channels, places].
template <typename T>
std::vector<T> to_channels_first(std::span<const T> x, std::int64_t channels, std::int64_t places) {
  return to_channels_last<T>(x, places, channels);
}

}  // namespace tinytorch::quantization
