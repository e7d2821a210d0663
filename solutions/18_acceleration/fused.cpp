// Part 5 of module 18: fewer trips to memory.
#include "tinytorch/kernels/acceleration/fused.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/kernels/acceleration/lane_math.h"

namespace tinytorch::kernels {

// TASK 18.7
void bias_gelu(std::span<const float> x, std::span<const float> bias, std::span<float> out) {
  // Row by row, kLanes values at a time; load_some() and store_some() see to the row's end.
  // Write the formula for one register in a helper: 1 + e^(−2u) is never 0, and exp() clamps.
  //   x + bias = 0 → 0;  1 → 0.841192;  −1 → −0.158808;  100 → 100.
  // BEGIN SOLUTION 18.7
  const std::size_t columns = bias.size();
  if (columns == 0 || x.size() % columns != 0 || out.size() != x.size()) {
    throw Error(concat("bias_gelu: x of ", x.size(), " values, bias of ", columns, ", out of ",
                       out.size(), "; x is rows as long as the bias, out as large as x"));
  }
  const auto width = static_cast<std::int64_t>(columns);
  for (std::size_t row = 0; row < x.size(); row += columns) {
    for (std::int64_t j = 0; j < width; j += kLanes) {
      const float* from = x.data() + row + j;
      const Lanes v = load_some(from, width - j) + load_some(bias.data() + j, width - j);
      const Lanes u = 0.797884561f * (v + 0.044715f * v * v * v);
      store_some(out.data() + row + j, v / (1.0f + exp(-2.0f * u)), width - j);
    }
  }
  // END SOLUTION 18.7
}

// BEGIN SOLUTION 18.7 helper
namespace {

// One row of `width` visible values: out = e^(scale·(x − largest)) / their sum.
void softmax_row(const float* x, std::int64_t width, float scale, float* out) {
  float largest = x[0];
  for (std::int64_t j = 1; j < width; ++j) largest = std::max(largest, x[j]);
  Lanes totals{};
  for (std::int64_t j = 0; j < width; j += kLanes) {
    const Lanes e = exp(scale * (load_some(x + j, width - j) - largest));
    store_some(out + j, e, width - j);
    // Lanes beyond the row's end held 0 − largest: read back, they are 0.
    totals += load_some(out + j, width - j);
  }
  const float inverse = 1.0f / sum_of(totals);
  for (std::int64_t j = 0; j < width; ++j) out[j] *= inverse;
}

}  // namespace
// END SOLUTION 18.7

void scaled_softmax(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                    std::span<float> out) {
  // For each row: how many values it sees; their largest; e^(scale · (x − largest)) and the sum of
  // those; divide. Zeros beyond. Lanes past the row's end must not get into the sum.
  //   {0, ln 3} with scale 1 → {0.25, 0.75}; causal, the same row as row 0 → {1, 0}.
  // BEGIN SOLUTION 18.7
  const auto size = static_cast<std::int64_t>(x.size());
  if (columns < 1 || size % columns != 0 || out.size() != x.size()) {
    throw Error(concat("scaled_softmax: x of ", size, " values in rows of ", columns, ", out of ",
                       out.size()));
  }
  if (!std::isfinite(scale) || scale <= 0.0f) {
    throw Error(concat("scaled_softmax: scale ", scale, " is not a finite number above 0"));
  }
  for (std::int64_t row = 0; row < size / columns; ++row) {
    const std::int64_t seen = causal ? std::min(row + 1, columns) : columns;
    float* to = out.data() + row * columns;
    softmax_row(x.data() + row * columns, seen, scale, to);
    std::fill(to + seen, to + columns, 0.0f);
  }
  // END SOLUTION 18.7
}

// BEGIN SOLUTION 18.8 helper
namespace {

// The places j for which j·stride + shift lies in [0, size).
struct Reach {
  std::int64_t begin;
  std::int64_t end;
};

Reach reach(std::int64_t shift, std::int64_t stride, std::int64_t size, std::int64_t places) {
  const std::int64_t begin = shift < 0 ? (stride - 1 - shift) / stride : 0;
  const std::int64_t end = shift < size ? (size - 1 - shift) / stride + 1 : 0;
  return {std::min(begin, places), std::min(std::max(end, begin), places)};
}

// `count` pixels, stride apart, to columns `column` … of a row of the panels. That row begins at
// `row` in panel 0, and `panel` further on in each next one.
void scatter(const float* from, std::int64_t stride, std::int64_t count, float* row,
             std::int64_t panel, std::int64_t column) {
  while (count > 0) {
    float* to = row + column / kFloatPanel * panel + column % kFloatPanel;
    const std::int64_t some = std::min(count, kFloatPanel - column % kFloatPanel);
    for (std::int64_t j = 0; j < some; ++j) to[j] = from[j * stride];
    from += some * stride;
    column += some;
    count -= some;
  }
}

}  // namespace
// END SOLUTION 18.8

// TASK 18.8
void pack_windows(std::span<const float> x, const ConvSizes& sizes, PackedFloats& packed) {
  // Row (c, u, v) of the matrix, column (i, j): pixel (c, i·stride + u − padding, j·stride + v −
  // padding), or 0 outside. It goes to values[(column / 32 · k + row) · 32 + column % 32]. Begin
  // with zeros everywhere, which settles the padding and the last panel, then write the pixels.
  //   x = {1, 2, 3} [1, 1, 3], kernel 1×2: k = 2, n = 2; values[0..1] = {1, 2}, [32..33] = {2, 3}.
  // BEGIN SOLUTION 18.8
  const std::int64_t channels = sizes.in_channels / sizes.groups;
  packed.k = channels * sizes.kernel_height * sizes.kernel_width;
  packed.n = sizes.out_height * sizes.out_width;
  packed.values.assign(static_cast<std::size_t>(packed.panels() * packed.k * kFloatPanel), 0.0f);
  for (std::int64_t row = 0; row < packed.k; ++row) {
    const std::int64_t v = row % sizes.kernel_width;
    const std::int64_t u = row / sizes.kernel_width % sizes.kernel_height;
    const std::int64_t c = row / sizes.kernel_width / sizes.kernel_height;
    const std::int64_t shift = v - sizes.padding;
    const Reach inside = reach(shift, sizes.stride, sizes.in_width, sizes.out_width);
    for (std::int64_t i = 0; i < sizes.out_height; ++i) {
      const std::int64_t y = i * sizes.stride + u - sizes.padding;
      if (y < 0 || y >= sizes.in_height) continue;
      const float* line = x.data() + (c * sizes.in_height + y) * sizes.in_width + shift;
      scatter(line + inside.begin * sizes.stride, sizes.stride, inside.end - inside.begin,
              packed.values.data() + row * kFloatPanel, packed.k * kFloatPanel,
              i * sizes.out_width + inside.begin);
    }
  }
  // END SOLUTION 18.8
}

// BEGIN SOLUTION 18.8 helper
namespace {

// Every output of every channel begins with its bias.
void fill_with_bias(std::span<const float> bias, const ConvSizes& s, std::span<float> out) {
  const std::int64_t pixels = s.out_height * s.out_width;
  for (std::int64_t plane = 0; plane < s.batch * s.out_channels; ++plane) {
    const auto channel = static_cast<std::size_t>(plane % s.out_channels);
    std::fill_n(out.data() + plane * pixels, pixels, bias.empty() ? 0.0f : bias[channel]);
  }
}

}  // namespace
// END SOLUTION 18.8

void conv2d_packed(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  // Fill out with the bias. For every example and group: pack_windows of the group's channels, then
  // gemm_packed(the group's weights [out_channels/groups, k], …, accumulate = true) into its part
  // of out, [out_channels/groups, pixels].
  // BEGIN SOLUTION 18.8
  fill_with_bias(bias, sizes, out);
  const std::int64_t in_group = sizes.in_channels / sizes.groups;
  const std::int64_t out_group = sizes.out_channels / sizes.groups;
  const std::int64_t image = sizes.in_height * sizes.in_width;
  PackedFloats windows;
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int64_t g = 0; g < sizes.groups; ++g) {
      const auto first = static_cast<std::size_t>((n * sizes.in_channels + g * in_group) * image);
      pack_windows(x.subspan(first), sizes, windows);
      const std::int64_t channel = g * out_group;
      gemm_packed({weight.data() + channel * windows.k, windows.k, 1}, out_group, windows,
                  out.data() + (n * sizes.out_channels + channel) * windows.n, true);
    }
  }
  // END SOLUTION 18.8
}

// BEGIN SOLUTION 18.8 helper
namespace {

// to += weight · the image of one channel, shifted by one place of the kernel.
void add_shifted(const float* image, float weight, const ConvSizes& s, std::int64_t u,
                 std::int64_t v, float* to) {
  const Reach rows = reach(u - s.padding, s.stride, s.in_height, s.out_height);
  const Reach columns = reach(v - s.padding, s.stride, s.in_width, s.out_width);
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    const float* from = image + (i * s.stride + u - s.padding) * s.in_width + v - s.padding;
    float* line = to + i * s.out_width;
    if (s.stride == 1) {  // a loop of its own: only neighbours go into one register
      for (std::int64_t j = columns.begin; j < columns.end; ++j) {
        line[j] = std::fma(weight, from[j], line[j]);
      }
    } else {
      for (std::int64_t j = columns.begin; j < columns.end; ++j) {
        line[j] = std::fma(weight, from[j * s.stride], line[j]);
      }
    }
  }
}

}  // namespace
// END SOLUTION 18.8

void conv2d_direct(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  // Fill out with the bias; then n, co, ci, u, v outside, the output's rows and columns inside. For
  // fixed u and v, work out once which rows and columns stay within the image.
  // BEGIN SOLUTION 18.8
  fill_with_bias(bias, sizes, out);
  const std::int64_t in_group = sizes.in_channels / sizes.groups;
  const std::int64_t out_group = sizes.out_channels / sizes.groups;
  const std::int64_t window = sizes.kernel_height * sizes.kernel_width;
  for (std::int64_t plane = 0; plane < sizes.batch * sizes.out_channels; ++plane) {
    const std::int64_t channel = plane % sizes.out_channels;
    float* to = out.data() + plane * sizes.out_height * sizes.out_width;
    for (std::int64_t ci = 0; ci < in_group; ++ci) {
      const std::int64_t from =
          plane / sizes.out_channels * sizes.in_channels + channel / out_group * in_group + ci;
      const float* image = x.data() + from * sizes.in_height * sizes.in_width;
      const float* w = weight.data() + (channel * in_group + ci) * window;
      for (std::int64_t at = 0; at < window; ++at) {
        add_shifted(image, w[at], sizes, at / sizes.kernel_width, at % sizes.kernel_width, to);
      }
    }
  }
  // END SOLUTION 18.8
}

}  // namespace tinytorch::kernels
