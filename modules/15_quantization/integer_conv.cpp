// Part 11 of module 15: convolutions, sums and pooling in integers.
#include "tinytorch/quantization/int8/integer_conv.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/quantization/int8/image_sizes.h"

namespace tinytorch::quantization {

using kernels::ConvSizes;

namespace {

// Given: a place of the input. Its row and column may lie outside of the image.
struct Place {
  std::int64_t image;
  std::int64_t row;
  std::int64_t column;
  std::int64_t channel;
};

// TASK 15.36
[[maybe_unused]] std::int8_t code_at(std::span<const std::int8_t> x, std::int32_t outside,
                                     const ConvSizes& sizes, Place at) {
  // The code at a place of [N, in_height, in_width, in_channels], or `outside` beyond its borders.
  // Try it by hand first: images of 2 x 2 places and 3 channels; image 1, row 0, column 1,
  // channel 2 → ((1 · 2 + 0) · 2 + 1) · 3 + 2 = 17.
  throw tinytorch::not_implemented("15.36");
}

}  // namespace

void conv2d_int32(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  std::span<const std::int8_t> weight, std::span<const std::int32_t> folded_bias,
                  const kernels::ConvSizes& sizes, std::span<std::int32_t> acc) {
  // First the sizes: require_geometry and require_count (image_sizes.h). Then loop over images,
  // rows, columns and output channels, in the order of acc, and for each over its window: u, v and
  // the channels of o's group, in the order of the weights.
  throw tinytorch::not_implemented("15.36");
}

// TASK 15.37
void im2col_codes(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  const kernels::ConvSizes& sizes, std::span<std::int8_t> rows) {
  // The loops of 15.36 without the one over output channels; what was multiplied is now stored, one
  // code after the other.
  throw tinytorch::not_implemented("15.37");
}

// TASK 15.38
QRange activation_range(Activation activation, QParams output, QRange range) {
  // kNone changes nothing. Compare the upper end while it is still a float: 6 / scale may be more
  // than an int32 holds.
  // Try it by hand first: scale 0.5, zero-point -3 → 0.0 is code -3, 6.0 is code 12 - 3 = 9.
  throw tinytorch::not_implemented("15.38");
}

// TASK 15.39
void add_codes(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
               const AddGrids& grids, QRange range, std::span<std::int8_t> out) {
  // Both codes to real numbers (15.4), their sum to a code (15.3), all in float.
  // Try it by hand first: (10 - 2) · 0.5 + (3 - 0) · 0.25 = 4.75; over 0.5 that is 9.5 → 10.
  throw tinytorch::not_implemented("15.39");
}

namespace {

// TASK 15.39
[[maybe_unused]] std::int32_t times(std::int32_t x, FixedPoint multiplier) {
  // ×M of the header; both halves of it are yours, from 15.24 and 15.25.
  throw tinytorch::not_implemented("15.39");
}

}  // namespace

void add_codes_tflite(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                      const AddGrids& grids, QRange range, std::span<std::int8_t> out) {
  // The three multipliers once, in double, before the loop. One whose exponent is above 0 would
  // shift left, which ×M does not do: throw an Error that names its value.
  // Try it by hand first: a = (10 - 2) · 2^20, both scales 0.5, wide = 1 → times 0.5: 4 · 2^20.
  throw tinytorch::not_implemented("15.39");
}

namespace {

// Given: places from `begin` to before `end` on a line.
struct Reach {
  std::int64_t begin;
  std::int64_t end;
};

// TASK 15.40
[[maybe_unused]] Reach inside(std::int64_t i, std::int64_t kernel, std::int64_t size,
                              const ConvSizes& sizes) {
  // The part of window i that lies on a line of `size` places, which starts stride · i - padding
  // places from its beginning. Rows and columns both need it.
  // Try it by hand first: kernel 3, stride 2, padding 1, 4 places: window 0 → [0, 2), 1 → [1, 4).
  throw tinytorch::not_implemented("15.40");
}

}  // namespace

void max_pool_codes(std::span<const std::int8_t> x, const kernels::ConvSizes& sizes,
                    std::span<std::int8_t> out) {
  // First the sizes: require_max_pooling (image_sizes.h). Then for each image, row, column and
  // channel, in the order of out, the largest code inside.
  throw tinytorch::not_implemented("15.40");
}

namespace {

// TASK 15.40
[[maybe_unused]] std::int32_t mean_steps(std::int32_t sum, std::int32_t n, Dialect dialect) {
  // sum / n, rounded as the dialect does it. Mind that a / b in integers truncates.
  // Try it by hand first: 5 / 2 = 2.5 → ort 2, tflite 3;  -5 / 2 → ort -2, tflite -3.
  throw tinytorch::not_implemented("15.40");
}

}  // namespace

void average_pool_codes(std::span<const std::int8_t> x, std::int32_t zero_point, QRange range,
                        const kernels::ConvSizes& sizes, Dialect dialect,
                        std::span<std::int8_t> out) {
  // First require_average_pooling. Then the loops of max_pool_codes, summing code - zero_point in
  // int32; places outside add nothing, and n counts them all the same.
  throw tinytorch::not_implemented("15.40");
}

}  // namespace tinytorch::quantization
