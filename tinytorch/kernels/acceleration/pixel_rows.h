#pragma once
// Rows of an image under a kernel: where they go in panels, and a row times a weight. Given.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "tinytorch/kernels/convolution.h"
#include "tinytorch/kernels/gemm/packed_gemm.h"
#include "tinytorch/kernels/reach.h"

namespace tinytorch::kernels {

// The pixels line[j · stride], for the places j of a reach, to columns `first` + j of row `row` of
// the packed matrix.
inline void put_pixels(const float* line, std::int64_t stride, Reach places, PackedFloats& packed,
                       std::int64_t row, std::int64_t first) {
  float* panel = packed.values.data() + row * kFloatPanel;
  const float* from = line + places.begin * stride;
  std::int64_t column = first + places.begin;
  std::int64_t count = places.end - places.begin;
  while (count > 0) {
    const std::int64_t within = column % kFloatPanel;
    float* to = panel + column / kFloatPanel * packed.k * kFloatPanel + within;
    const std::int64_t some = std::min(count, kFloatPanel - within);
    for (std::int64_t j = 0; j < some; ++j) to[j] = from[j * stride];
    from += some * stride;
    column += some;
    count -= some;
  }
}

// line[j] = fma(weight, from[j · stride], line[j]) for the places j of a reach.
inline void add_row(float weight, const float* from, std::int64_t stride, Reach places,
                    float* line) {
  if (stride == 1) {  // a loop of its own: only neighbours go into one register
    for (std::int64_t j = places.begin; j < places.end; ++j) {
      line[j] = std::fma(weight, from[j], line[j]);
    }
  } else {
    for (std::int64_t j = places.begin; j < places.end; ++j) {
      line[j] = std::fma(weight, from[j * stride], line[j]);
    }
  }
}

// Every output of every channel begins with its bias, or with 0 where there is none.
inline void fill_with_bias(std::span<const float> bias, const ConvSizes& sizes,
                           std::span<float> out) {
  const std::int64_t pixels = sizes.out_pixels();
  for (std::int64_t plane = 0; plane < sizes.batch * sizes.out_channels; ++plane) {
    const auto channel = static_cast<std::size_t>(plane % sizes.out_channels);
    std::fill_n(out.data() + plane * pixels, pixels, bias.empty() ? 0.0f : bias[channel]);
  }
}

}  // namespace tinytorch::kernels
