// Part 5 of module 18: fewer trips to memory.
#include "tinytorch/kernels/acceleration/fused.h"

#include <algorithm>

#include "tinytorch/core/require.h"
#include "tinytorch/kernels/acceleration/lane_math.h"
#include "tinytorch/kernels/acceleration/pixel_rows.h"
#include "tinytorch/kernels/acceleration/require.h"

namespace tinytorch::kernels {

// TASK 18.7
void bias_gelu(std::span<const float> x, std::span<const float> bias, std::span<float> out) {
  const auto width = static_cast<std::int64_t>(bias.size());
  require_whole_rows("bias_gelu", x.size(), width, out.size());
  // Row by row, kLanes values at a time; load_some() and store_some() see to the row's end.
  // Write the formula for one register in a helper: 1 + e^(−2u) is never 0, and exp() clamps.
  // Try it by hand first: x + bias = 0 → 0;  1 → 0.841192;  −1 → −0.158808;  100 → 100.
  // BEGIN SOLUTION 18.7
  for (std::size_t row = 0; row < x.size(); row += bias.size()) {
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
  require_whole_rows("scaled_softmax", x.size(), columns, out.size());
  require_positive("scaled_softmax", "scale", scale);
  // For each row: how many values it sees; their largest; e^(scale · (x − largest)) and the sum of
  // those; divide. Zeros beyond. Lanes past the row's end must not get into the sum.
  // Try it by hand first: {0, ln 3} with scale 1 → {0.25, 0.75}; as row 0 of a causal x → {1, 0}.
  // BEGIN SOLUTION 18.7
  const auto rows = static_cast<std::int64_t>(x.size()) / columns;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t seen = causal ? std::min(row + 1, columns) : columns;
    float* to = out.data() + row * columns;
    softmax_row(x.data() + row * columns, seen, scale, to);
    std::fill(to + seen, to + columns, 0.0f);
  }
  // END SOLUTION 18.7
}

// TASK 18.8
void pack_windows(std::span<const float> x, const ConvSizes& sizes, PackedFloats& packed) {
  // Row (c, u, v) of the matrix, column (i, j): pixel (c, i·stride + u − padding, j·stride + v −
  // padding), or 0 outside. Begin with zeros everywhere, which settles the padding and the last
  // panel; then put_pixels() the pixels that reach() says exist, one row of the output at a time.
  // Try it by hand first: x = {1, 2, 3} [1, 1, 3], kernel 1×2: k = 2, n = 2; values[0..1] =
  // {1, 2}, [32..33] = {2, 3}.
  // BEGIN SOLUTION 18.8
  packed.k = sizes.inputs_of_group() * sizes.window();
  packed.n = sizes.out_pixels();
  packed.values.assign(static_cast<std::size_t>(packed.panels() * packed.k * kFloatPanel), 0.0f);
  for (std::int64_t row = 0; row < packed.k; ++row) {
    const std::int64_t v = row % sizes.kernel_width;
    const std::int64_t u = row / sizes.kernel_width % sizes.kernel_height;
    const std::int64_t shift = v - sizes.padding;
    const Reach rows = reach(u - sizes.padding, sizes.stride, sizes.in_height, sizes.out_height);
    const Reach columns = reach(shift, sizes.stride, sizes.in_width, sizes.out_width);
    const float* channel = x.data() + row / sizes.window() * sizes.in_pixels() + shift;
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      const float* line = channel + (i * sizes.stride + u - sizes.padding) * sizes.in_width;
      put_pixels(line, sizes.stride, columns, packed, row, i * sizes.out_width);
    }
  }
  // END SOLUTION 18.8
}

void conv2d_packed(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  fill_with_bias(bias, sizes, out);
  // For every example and group: pack_windows of the group's channels, then gemm_packed(the group's
  // weights [out_channels/groups, k], …, accumulate = true) into its part of out,
  // [out_channels/groups, pixels], which holds the bias already. Groups follow each other in x and
  // in out, from one example to the next.
  // Try it by hand first: x {1, 2, 3}, weight {1, 10}, bias 5: out is {5, 5}, then {26, 37}.
  // BEGIN SOLUTION 18.8
  const std::int64_t outputs = sizes.outputs_of_group();
  PackedFloats windows;
  for (std::int64_t at = 0; at < sizes.batch * sizes.groups; ++at) {
    const std::int64_t first = at * sizes.inputs_of_group() * sizes.in_pixels();
    pack_windows(x.subspan(static_cast<std::size_t>(first)), sizes, windows);
    const float* w = weight.data() + at % sizes.groups * outputs * windows.k;
    gemm_packed({w, windows.k, 1}, outputs, windows, out.data() + at * outputs * windows.n, true);
  }
  // END SOLUTION 18.8
}

void conv2d_direct(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  fill_with_bias(bias, sizes, out);
  // For every output channel of every example and each of its weights (ci, u, v), in this order:
  // work out once which rows and columns of the output read a pixel (reach()), then add_row() for
  // each of those rows.
  // Try it by hand first: x {1, 2, 3}, weight {1, 10}, bias 5: {5, 5}, {6, 7}, {26, 37}.
  // BEGIN SOLUTION 18.8
  const std::int64_t weights = sizes.inputs_of_group() * sizes.window();  // of an output channel
  for (std::int64_t plane = 0; plane < sizes.batch * sizes.out_channels; ++plane) {
    float* to = out.data() + plane * sizes.out_pixels();
    const std::int64_t first = plane / sizes.outputs_of_group() * sizes.inputs_of_group();
    for (std::int64_t at = 0; at < weights; ++at) {
      const float w = weight[static_cast<std::size_t>(plane % sizes.out_channels * weights + at)];
      const std::int64_t v = at % sizes.kernel_width - sizes.padding;
      const std::int64_t u = at / sizes.kernel_width % sizes.kernel_height - sizes.padding;
      const float* image = x.data() + (first + at / sizes.window()) * sizes.in_pixels() + v;
      const Reach rows = reach(u, sizes.stride, sizes.in_height, sizes.out_height);
      const Reach columns = reach(v, sizes.stride, sizes.in_width, sizes.out_width);
      for (std::int64_t i = rows.begin; i < rows.end; ++i) {
        const float* from = image + (i * sizes.stride + u) * sizes.in_width;
        add_row(w, from, sizes.stride, columns, to + i * sizes.out_width);
      }
    }
  }
  // END SOLUTION 18.8
}

}  // namespace tinytorch::kernels
