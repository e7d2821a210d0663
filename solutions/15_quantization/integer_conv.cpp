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
  // BEGIN SOLUTION 15.36
  const bool above_or_below = at.row < 0 || at.row >= sizes.in_height;
  const bool beside = at.column < 0 || at.column >= sizes.in_width;
  if (above_or_below || beside) return static_cast<std::int8_t>(outside);
  const std::int64_t row = at.image * sizes.in_height + at.row;
  const std::int64_t place = row * sizes.in_width + at.column;
  return x[static_cast<std::size_t>(place * sizes.in_channels + at.channel)];
  // END SOLUTION 15.36
}

// BEGIN SOLUTION 15.36 helper
// (Over 300 lines: a part is one source, and this one's tasks call each other.)

// The products of one window, whose first place is `corner`, with the weights of one output.
std::int32_t window_sum(std::span<const std::int8_t> x, std::int32_t outside,
                        std::span<const std::int8_t> weight, const ConvSizes& sizes, Place corner) {
  std::int32_t sum = 0;
  std::size_t k = 0;
  for (std::int64_t u = 0; u < sizes.kernel_height; ++u) {
    for (std::int64_t v = 0; v < sizes.kernel_width; ++v) {
      for (std::int64_t c = 0; c < sizes.in_channels / sizes.groups; ++c) {
        const Place at{corner.image, corner.row + u, corner.column + v, corner.channel + c};
        sum += std::int32_t{code_at(x, outside, sizes, at)} * std::int32_t{weight[k++]};
      }
    }
  }
  return sum;
}
// END SOLUTION 15.36

}  // namespace

void conv2d_int32(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  std::span<const std::int8_t> weight, std::span<const std::int32_t> folded_bias,
                  const kernels::ConvSizes& sizes, std::span<std::int32_t> acc) {
  // First the sizes: require_geometry and require_count (image_sizes.h). Then loop over images,
  // rows, columns and output channels, in the order of acc, and for each over its window: u, v and
  // the channels of o's group, in the order of the weights.
  // BEGIN SOLUTION 15.36
  require_geometry("conv2d_int32", sizes);
  const std::int64_t window = window_count(sizes);
  require_count("conv2d_int32", "x", x.size(), input_count(sizes));
  require_count("conv2d_int32", "weight", weight.size(), sizes.out_channels * window);
  require_count("conv2d_int32", "folded_bias", folded_bias.size(), sizes.out_channels);
  require_count("conv2d_int32", "acc", acc.size(), place_count(sizes) * sizes.out_channels);
  const std::int64_t in_group = sizes.in_channels / sizes.groups;
  const std::int64_t out_group = sizes.out_channels / sizes.groups;
  std::size_t to = 0;
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int64_t i = 0; i < sizes.out_height; ++i) {
      for (std::int64_t j = 0; j < sizes.out_width; ++j) {
        Place corner{n, i * sizes.stride - sizes.padding, j * sizes.stride - sizes.padding, 0};
        for (std::int64_t o = 0; o < sizes.out_channels; ++o) {
          const auto kernel = weight.subspan(static_cast<std::size_t>(o * window),
                                             static_cast<std::size_t>(window));
          corner.channel = o / out_group * in_group;
          acc[to++] = folded_bias[static_cast<std::size_t>(o)] +
                      window_sum(x, input_zero_point, kernel, sizes, corner);
        }
      }
    }
  }
  // END SOLUTION 15.36
}

// TASK 15.37
void im2col_codes(std::span<const std::int8_t> x, std::int32_t input_zero_point,
                  const kernels::ConvSizes& sizes, std::span<std::int8_t> rows) {
  // The loops of 15.36 without the one over output channels; what was multiplied is now stored, one
  // code after the other.
  // BEGIN SOLUTION 15.37
  require_geometry("im2col_codes", sizes);
  require_count("im2col_codes", "x", x.size(), input_count(sizes));
  require_count("im2col_codes", "rows", rows.size(), place_count(sizes) * window_count(sizes));
  if (sizes.groups != 1) {
    throw Error(concat("im2col_codes: ", sizes.groups, " groups; one row serves one group, so ",
                       "take the groups one by one"));
  }
  std::size_t to = 0;
  for (std::int64_t p = 0; p < place_count(sizes); ++p) {
    const std::int64_t j = p % sizes.out_width;
    const std::int64_t i = p / sizes.out_width % sizes.out_height;
    const std::int64_t n = p / sizes.out_width / sizes.out_height;
    for (std::int64_t u = 0; u < sizes.kernel_height; ++u) {
      const std::int64_t row = i * sizes.stride + u - sizes.padding;
      for (std::int64_t v = 0; v < sizes.kernel_width; ++v) {
        const std::int64_t column = j * sizes.stride + v - sizes.padding;
        for (std::int64_t c = 0; c < sizes.in_channels; ++c) {
          rows[to++] = code_at(x, input_zero_point, sizes, {n, row, column, c});
        }
      }
    }
  }
  // END SOLUTION 15.37
}

// TASK 15.38
QRange activation_range(Activation activation, QParams output, QRange range) {
  // kNone changes nothing. Compare the upper end while it is still a float: 6 / scale may be more
  // than an int32 holds.
  // Try it by hand first: scale 0.5, zero-point -3 → 0.0 is code -3, 6.0 is code 12 - 3 = 9.
  // BEGIN SOLUTION 15.38
  if (activation == Activation::kNone) return range;
  range.qmin = std::max(range.qmin, output.zero_point);
  if (activation == Activation::kRelu6) {
    const float six = std::nearbyint(6.0f / output.scale) + static_cast<float>(output.zero_point);
    range.qmax = static_cast<std::int32_t>(std::min(static_cast<float>(range.qmax), six));
  }
  return range;
  // END SOLUTION 15.38
}

// TASK 15.39
void add_codes(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
               const AddGrids& grids, QRange range, std::span<std::int8_t> out) {
  // Both codes to real numbers (15.4), their sum to a code (15.3), all in float.
  // Try it by hand first: (10 - 2) · 0.5 + (3 - 0) · 0.25 = 4.75; over 0.5 that is 9.5 → 10.
  // BEGIN SOLUTION 15.39
  require_count("add_codes", "b", b.size(), static_cast<std::int64_t>(a.size()));
  require_count("add_codes", "out", out.size(), static_cast<std::int64_t>(a.size()));
  for (const QParams grid : {grids.a, grids.b, grids.output}) require_qparams("add_codes", grid);
  require_codes("add_codes", range);
  const auto low = static_cast<float>(range.qmin);
  const auto high = static_cast<float>(range.qmax);
  const auto shift = static_cast<float>(grids.output.zero_point);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float left = static_cast<float>(a[i] - grids.a.zero_point) * grids.a.scale;
    const float right = static_cast<float>(b[i] - grids.b.zero_point) * grids.b.scale;
    float q = std::nearbyint((left + right) / grids.output.scale) + shift;
    q = q > low ? q : low;
    q = q < high ? q : high;
    out[i] = static_cast<std::int8_t>(q);
  }
  // END SOLUTION 15.39
}

namespace {

// TASK 15.39
[[maybe_unused]] std::int32_t times(std::int32_t x, FixedPoint multiplier) {
  // ×M of the header; both halves of it are yours, from 15.24 and 15.25.
  // BEGIN SOLUTION 15.39
  return rounding_divide_by_power_of_two(
      saturating_rounding_doubling_high_mul(x, multiplier.mantissa), -multiplier.exponent);
  // END SOLUTION 15.39
}

}  // namespace

void add_codes_tflite(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                      const AddGrids& grids, QRange range, std::span<std::int8_t> out) {
  // The three multipliers once, in double, before the loop. One whose exponent is above 0 would
  // shift left, which ×M does not do: throw an Error that names its value.
  // Try it by hand first: a = (10 - 2) · 2^20, both scales 0.5, wide = 1 → times 0.5: 4 · 2^20.
  // BEGIN SOLUTION 15.39
  require_count("add_codes_tflite", "b", b.size(), static_cast<std::int64_t>(a.size()));
  require_count("add_codes_tflite", "out", out.size(), static_cast<std::int64_t>(a.size()));
  for (const QParams grid : {grids.a, grids.b, grids.output}) {
    require_qparams("add_codes_tflite", grid);
  }
  const double wide = 2.0 * std::max(double{grids.a.scale}, double{grids.b.scale});
  const FixedPoint of_a = quantize_multiplier(double{grids.a.scale} / wide);
  const FixedPoint of_b = quantize_multiplier(double{grids.b.scale} / wide);
  const double step = wide / (0x1p20 * double{grids.output.scale});
  const FixedPoint of_sum = quantize_multiplier(step);
  if (of_sum.exponent > 0) {
    throw Error(concat("add_codes_tflite: a sum's step is worth ", step, " output steps, at most ",
                       "1 can be represented; the output's scale is far too small"));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int32_t left = (a[i] - grids.a.zero_point) * (1 << 20);
    const std::int32_t right = (b[i] - grids.b.zero_point) * (1 << 20);
    const std::int32_t sum = times(left, of_a) + times(right, of_b);
    const std::int64_t code = std::int64_t{times(sum, of_sum)} + grids.output.zero_point;
    out[i] = static_cast<std::int8_t>(
        std::clamp<std::int64_t>(code, std::int64_t{range.qmin}, std::int64_t{range.qmax}));
  }
  // END SOLUTION 15.39
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
  // BEGIN SOLUTION 15.40
  const std::int64_t begin = i * sizes.stride - sizes.padding;
  return {std::max<std::int64_t>(begin, 0), std::min(begin + kernel, size)};
  // END SOLUTION 15.40
}

// BEGIN SOLUTION 15.40 helper
// Calls `visit` for every place inside of the window of output (image, i, j), channel c.
template <typename Visit>
void each_inside(std::span<const std::int8_t> x, const ConvSizes& s, Place out, Visit visit) {
  const Reach rows = inside(out.row, s.kernel_height, s.in_height, s);
  const Reach columns = inside(out.column, s.kernel_width, s.in_width, s);
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    for (std::int64_t column = columns.begin; column < columns.end; ++column) {
      const std::int64_t place = (out.image * s.in_height + row) * s.in_width + column;
      visit(x[static_cast<std::size_t>(place * s.in_channels + out.channel)]);
    }
  }
}

// Where the k-th output stands.
Place output_place(std::size_t k, const ConvSizes& s) {
  auto rest = static_cast<std::int64_t>(k);
  Place at{};
  at.channel = rest % s.out_channels;
  rest /= s.out_channels;
  at.column = rest % s.out_width;
  rest /= s.out_width;
  at.row = rest % s.out_height;
  at.image = rest / s.out_height;
  return at;
}
// END SOLUTION 15.40

}  // namespace

void max_pool_codes(std::span<const std::int8_t> x, const kernels::ConvSizes& sizes,
                    std::span<std::int8_t> out) {
  // First the sizes: require_max_pooling (image_sizes.h). Then for each image, row, column and
  // channel, in the order of out, the largest code inside.
  // BEGIN SOLUTION 15.40
  require_max_pooling("max_pool_codes", sizes, x.size(), out.size());
  for (std::size_t k = 0; k < out.size(); ++k) {
    std::int8_t largest = -128;
    each_inside(x, sizes, output_place(k, sizes),
                [&](std::int8_t code) { largest = std::max(largest, code); });
    out[k] = largest;
  }
  // END SOLUTION 15.40
}

namespace {

// TASK 15.40
[[maybe_unused]] std::int32_t mean_steps(std::int32_t sum, std::int32_t n, Dialect dialect) {
  // sum / n, rounded as the dialect does it. Mind that a / b in integers truncates.
  // Try it by hand first: 5 / 2 = 2.5 → ort 2, tflite 3;  -5 / 2 → ort -2, tflite -3.
  // BEGIN SOLUTION 15.40
  if (dialect == Dialect::kOrt) {
    return static_cast<std::int32_t>(
        std::nearbyint(static_cast<float>(sum) / static_cast<float>(n)));
  }
  return (sum >= 0 ? sum + n / 2 : sum - n / 2) / n;
  // END SOLUTION 15.40
}

}  // namespace

void average_pool_codes(std::span<const std::int8_t> x, std::int32_t zero_point, QRange range,
                        const kernels::ConvSizes& sizes, Dialect dialect,
                        std::span<std::int8_t> out) {
  // First require_average_pooling. Then the loops of max_pool_codes, summing code - zero_point in
  // int32; places outside add nothing, and n counts them all the same.
  // BEGIN SOLUTION 15.40
  require_average_pooling("average_pool_codes", sizes, x.size(), out.size(), zero_point, range);
  const auto n = static_cast<std::int32_t>(sizes.kernel_height * sizes.kernel_width);
  for (std::size_t k = 0; k < out.size(); ++k) {
    std::int32_t sum = 0;
    each_inside(x, sizes, output_place(k, sizes),
                [&](std::int8_t code) { sum += code - zero_point; });
    const std::int32_t code = mean_steps(sum, n, dialect) + zero_point;
    out[k] = static_cast<std::int8_t>(std::clamp(code, range.qmin, range.qmax));
  }
  // END SOLUTION 15.40
}

}  // namespace tinytorch::quantization
