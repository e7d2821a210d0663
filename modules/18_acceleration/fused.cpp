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
  throw tinytorch::not_implemented("18.7");
}

void scaled_softmax(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                    std::span<float> out) {
  // For each row: how many values it sees; their largest; e^(scale · (x − largest)) and the sum of
  // those; divide. Zeros beyond. Lanes past the row's end must not get into the sum.
  //   {0, ln 3} with scale 1 → {0.25, 0.75}; causal, the same row as row 0 → {1, 0}.
  throw tinytorch::not_implemented("18.7");
}

// TASK 18.8
void pack_windows(std::span<const float> x, const ConvSizes& sizes, PackedFloats& packed) {
  // Row (c, u, v) of the matrix, column (i, j): pixel (c, i·stride + u − padding, j·stride + v −
  // padding), or 0 outside. It goes to values[(column / 32 · k + row) · 32 + column % 32]. Begin
  // with zeros everywhere, which settles the padding and the last panel, then write the pixels.
  //   x = {1, 2, 3} [1, 1, 3], kernel 1×2: k = 2, n = 2; values[0..1] = {1, 2}, [32..33] = {2, 3}.
  throw tinytorch::not_implemented("18.8");
}

void conv2d_packed(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  // Fill out with the bias. For every example and group: pack_windows of the group's channels, then
  // gemm_packed(the group's weights [out_channels/groups, k], …, accumulate = true) into its part
  // of out, [out_channels/groups, pixels].
  throw tinytorch::not_implemented("18.8");
}

void conv2d_direct(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  // Fill out with the bias; then n, co, ci, u, v outside, the output's rows and columns inside. For
  // fixed u and v, work out once which rows and columns stay within the image.
  throw tinytorch::not_implemented("18.8");
}

}  // namespace tinytorch::kernels
