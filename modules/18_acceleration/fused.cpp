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
  throw tinytorch::not_implemented("18.7");
}

void scaled_softmax(std::span<const float> x, std::int64_t columns, float scale, bool causal,
                    std::span<float> out) {
  require_whole_rows("scaled_softmax", x.size(), columns, out.size());
  require_positive("scaled_softmax", "scale", scale);
  // For each row: how many values it sees; their largest; e^(scale · (x − largest)) and the sum of
  // those; divide. Zeros beyond. Lanes past the row's end must not get into the sum.
  // Try it by hand first: {0, ln 3} with scale 1 → {0.25, 0.75}; as row 0 of a causal x → {1, 0}.
  throw tinytorch::not_implemented("18.7");
}

// TASK 18.8
void pack_windows(std::span<const float> x, const ConvSizes& sizes, PackedFloats& packed) {
  // Row (c, u, v) of the matrix, column (i, j): pixel (c, i·stride + u − padding, j·stride + v −
  // padding), or 0 outside. Begin with zeros everywhere, which settles the padding and the last
  // panel; then put_pixels() the pixels that reach() says exist, one row of the output at a time.
  // Try it by hand first: x = {1, 2, 3} [1, 1, 3], kernel 1×2: k = 2, n = 2; values[0..1] =
  // {1, 2}, [32..33] = {2, 3}.
  throw tinytorch::not_implemented("18.8");
}

void conv2d_packed(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  fill_with_bias(bias, sizes, out);
  // For every example and group: pack_windows of the group's channels, then gemm_packed(the group's
  // weights [out_channels/groups, k], …, accumulate = true) into its part of out,
  // [out_channels/groups, pixels], which holds the bias already. Groups follow each other in x and
  // in out, from one example to the next.
  // Try it by hand first: x {1, 2, 3}, weight {1, 10}, bias 5: out is {5, 5}, then {26, 37}.
  throw tinytorch::not_implemented("18.8");
}

void conv2d_direct(std::span<const float> x, std::span<const float> weight,
                   std::span<const float> bias, const ConvSizes& sizes, std::span<float> out) {
  fill_with_bias(bias, sizes, out);
  // For every output channel of every example and each of its weights (ci, u, v), in this order:
  // work out once which rows and columns of the output read a pixel (reach()), then add_row() for
  // each of those rows.
  // Try it by hand first: x {1, 2, 3}, weight {1, 10}, bias 5: {5, 5}, {6, 7}, {26, 37}.
  throw tinytorch::not_implemented("18.8");
}

}  // namespace tinytorch::kernels
