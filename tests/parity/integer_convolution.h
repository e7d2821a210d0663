#pragma once
// An integer convolution in plain loops, in the shapes of kernels/convolution.h.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "tinytorch/kernels/convolution.h"

namespace tinytorch::parity {

// acc[n, co, i, j] = bias[co] + Σ (x - zero_point) · weight over the window; beyond the edges x is
// zero_point, the code of 0.
inline std::vector<std::int32_t> convolve(std::span<const std::int8_t> x,
                                          std::span<const std::int8_t> weight,
                                          std::span<const std::int32_t> bias,
                                          const kernels::ConvSizes& s, std::int32_t zero_point) {
  std::vector<std::int32_t> acc;
  const std::int64_t in_of_group = s.in_channels / s.groups;
  const std::int64_t out_of_group = s.out_channels / s.groups;
  const auto sum_at = [&](std::int64_t n, std::int64_t co, std::int64_t i, std::int64_t j) {
    std::int32_t sum = bias[static_cast<std::size_t>(co)];
    for (std::int64_t ci = 0; ci < in_of_group; ++ci) {
      const std::int64_t channel = co / out_of_group * in_of_group + ci;
      for (std::int64_t u = 0; u < s.kernel_height; ++u) {
        for (std::int64_t v = 0; v < s.kernel_width; ++v) {
          const std::int64_t row = i * s.stride + u - s.padding;
          const std::int64_t column = j * s.stride + v - s.padding;
          if (row < 0 || row >= s.in_height || column < 0 || column >= s.in_width) continue;
          const std::int64_t from =
              ((n * s.in_channels + channel) * s.in_height + row) * s.in_width + column;
          const std::int64_t w =
              ((co * in_of_group + ci) * s.kernel_height + u) * s.kernel_width + v;
          sum += (x[static_cast<std::size_t>(from)] - zero_point) *
                 weight[static_cast<std::size_t>(w)];
        }
      }
    }
    return sum;
  };
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t co = 0; co < s.out_channels; ++co) {
      for (std::int64_t i = 0; i < s.out_height; ++i) {
        for (std::int64_t j = 0; j < s.out_width; ++j) acc.push_back(sum_at(n, co, i, j));
      }
    }
  }
  return acc;
}

// [batch, channels, places] to [batch, places, channels], where requantize wants the channels.
template <typename T>
std::vector<T> channels_last(const std::vector<T>& values, std::int64_t batch,
                             std::int64_t channels) {
  const std::size_t many = static_cast<std::size_t>(channels);
  const std::size_t places = values.size() / static_cast<std::size_t>(batch) / many;
  std::vector<T> moved(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t image = i / (many * places);
    const std::size_t channel = i / places % many;
    moved[(image * places + i % places) * many + channel] = values[i];
  }
  return moved;
}

}  // namespace tinytorch::parity
